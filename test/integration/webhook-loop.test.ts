/**
 * The loop closed, with the real Prometheus and the real Alertmanager over the running demo: a lane whose rule only alerts collapses,
 * the alert comes back by the routes that ship, and the lane is frozen. Once, however often it is told so.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DecisionRecord } from "../../services/core/records.ts";
import type { Rule } from "../../services/core/rule.ts";
import { LAB_APPROVER } from "../../services/lab/run-lab.ts";
import { RUNBOOKS } from "../../services/print/alerts/alert.ts";
import { alertRules } from "../../services/print/alerts/prometheus-rules.ts";
import { ruleAlerts } from "../../services/print/alerts/rule-alerts.ts";
import { REPOSITORY } from "../../services/print/printed-files.ts";
import { personalKey } from "../../services/runtime/command-signing.ts";
import { readGates, requestTransition } from "../../services/runtime/gates/gate-log.ts";
import { type PolicyContent, versioned } from "../../services/runtime/policy-files.ts";
import { readPartition } from "../../services/runtime/read-partition.ts";
import { TopicNames } from "../../services/runtime/topics.ts";
import { alertmanagerMissing, startAlertmanager, type TestAlertmanager } from "../support/alertmanager.ts";
import { brokerMissing } from "../support/kafka-broker.ts";
import { type LabRoad, startLabRoad } from "../support/lab-road.ts";
import { prometheusMissing, startPrometheus, type TestPrometheus } from "../support/prometheus.ts";

const PREFIX = "loop.";
const SEED = 7;
const LANE = "replace";
const SUBJECT = `lane:${LANE}`;
const TOKEN = randomBytes(32).toString("hex");
/** Where nobody listens. */
const NOBODY = "http://127.0.0.1:9";
/** How long a step may take where other tests keep the machine busy. */
const WITHIN_MS_MAX = 240_000;
/** The lane's one rule. It breaches never, so the ladder never moves: whatever is frozen here, an alert froze. */
const ONLY_ALERTS: Rule = {
  id: "tail_only_alerts",
  title: "Rare words are disappearing",
  metric: "tail_coverage",
  stage: "candidate",
  segment: "generated",
  bucket: "",
  breach: [],
  warn: [
    { field: "value", op: "lt", threshold: 0.7 },
    { field: "z", op: "lt", threshold: -4 },
  ],
  asks: "freeze",
  severity: "ticket",
  owner: "data-quality",
  page: "docs/webhooks.md",
  source: "as the rule that ships",
};

function onlyAlerts({ policy: { version: _, ...policy } }: PolicyContent): PolicyContent {
  // No trial batches come after the lab's last generation: a person may resume at once.
  const resumable = { resumeCleanWindows: 0 };
  const defaults = { ...policy.defaults, ...resumable };
  const lanes = policy.lanes.map((lane) => ({ ...lane, ...resumable }));
  return versioned({ ...policy, defaults, lanes }, [ONLY_ALERTS]);
}

/** Between Alertmanager and the console: keeps what is sent, and hands it on as it came. */
interface Relay {
  readonly port: number;
  readonly bodies: readonly string[];
  readonly statuses: readonly number[];
  close(): Promise<void>;
}

async function startRelay(consoleUrl: () => string): Promise<Relay> {
  const bodies: string[] = [];
  const statuses: number[] = [];
  const relayed = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { "content-type": type = "", authorization = "" } = request.headers;
    const headers = { "content-type": type, authorization };
    const answer = await fetch(`${consoleUrl()}${request.url}`, { method: "POST", headers, body }).catch(
      () => null,
    );
    bodies.push(body.toString());
    statuses.push(answer?.status ?? 502);
    response.writeHead(answer?.status ?? 502).end(await answer?.text());
  };
  const server: Server = createServer((request, response) => void relayed(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    bodies,
    statuses,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const missing = (await brokerMissing()) ?? prometheusMissing() ?? alertmanagerMissing();

describe.runIf(missing === null)("an alert that comes back", () => {
  let dir: string;
  let road: LabRoad;
  let relay: Relay;
  let alertmanager: TestAlertmanager;
  let prometheus: TestPrometheus;
  const collapsed = new AbortController();

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "plumbline-webhook-"));
    const tokenFile = join(dir, "webhook-token");
    await writeFile(tokenFile, `${TOKEN}\n`, { mode: 0o600 });
    const settings = { PLUMBLINE_WEBHOOK_TOKEN_FILE: tokenFile, PLUMBLINE_CONSOLE_PORT: "0" };
    road = await startLabRoad(PREFIX, SEED, onlyAlerts, settings);
    relay = await startRelay(consoleUrl);
    const shipped = await readFile(`${REPOSITORY}infra/alertmanager/alertmanager.yaml`, "utf8");
    alertmanager = await startAlertmanager({
      "alertmanager.yaml": shipped.replace("127.0.0.1:8420", `127.0.0.1:${relay.port}`),
      "webhook-token": TOKEN,
    });
    const rules = join(dir, "verdicts.yaml");
    await writeFile(rules, alertRules("plumbline-verdicts", ruleAlerts([ONLY_ALERTS]), RUNBOOKS));
    const services = road.run.services.map(({ service, metricsUrl }) => [service, metricsUrl]);
    const recordings = `${REPOSITORY}infra/prometheus/rules/recordings.yaml`;
    prometheus = await startPrometheus(Object.fromEntries(services), [recordings, rules], alertmanager.url);
  }, 600_000);

  afterAll(async () => {
    await prometheus?.close();
    await alertmanager?.close();
    await relay?.close();
    await road?.close();
    await rm(dir, { recursive: true, force: true });
  }, 60_000);

  function consoleUrl(): string {
    return road.run.services.find(({ service }) => service === "console")?.consoleUrl ?? NOBODY;
  }

  async function decisions(): Promise<readonly DecisionRecord[]> {
    const found: DecisionRecord[] = [];
    await readPartition(road.run.log, new TopicNames(PREFIX).full("decisions"), 0, 0, ({ value }) => {
      const decoded = value === null ? null : road.run.codec.decodeGeneric("decisions", value);
      if (decoded?.ok === true) found.push(decoded.record as DecisionRecord);
    });
    return found.filter(({ lane }) => lane === LANE);
  }

  async function freezes(): Promise<readonly DecisionRecord[]> {
    return (await decisions()).filter(({ subject, to }) => subject === SUBJECT && to === "frozen");
  }

  async function deliver(body: string): Promise<number> {
    const headers = { "content-type": "application/json", authorization: `Bearer ${TOKEN}` };
    const sent = { method: "POST", headers, body } as const;
    const answer = await fetch(`${consoleUrl()}/webhooks/alertmanager`, sent);
    expect(await answer.json()).toEqual({ alerts: { asked: 1 } });
    return answer.status;
  }

  /** Asks as a person, and waits for the decision: everything asked before it is decided then, too. */
  async function asPerson(
    kind: "freeze" | "resume",
    subject: string,
    actor: string,
  ): Promise<DecisionRecord> {
    const { log, codec } = road.run;
    const privateKey = await personalKey(road.home, actor);
    const request = { kind, subject, lane: LANE, actor, reason: "seen", issuedMs: Date.now(), privateKey };
    const gateLog = { log, codec, names: new TopicNames(PREFIX) };
    const { decision } = await requestTransition(gateLog, request, WITHIN_MS_MAX);
    return decision!;
  }

  async function gateState(): Promise<string | undefined> {
    const { log, codec } = road.run;
    const gates = await readGates({ log, codec, names: new TopicNames(PREFIX) });
    return gates.find(({ subject, lane }) => subject === SUBJECT && lane === LANE)?.state;
  }

  /** What Alertmanager sent of the lane. */
  function sent(): string {
    return relay.bodies.find((body) => (JSON.parse(body) as Sent).groupLabels.lane === LANE)!;
  }

  interface Sent {
    readonly groupLabels: Readonly<Record<string, string>>;
    readonly alerts: readonly { readonly startsAt: string }[];
  }

  it("freezes the lane, and the decision says which alert of which rule asked", async () => {
    const generations = road.runGenerations(collapsed.signal).catch((error: unknown) => {
      if (!collapsed.signal.aborted) throw error;
    });
    await expect
      .poll(async () => (await freezes()).length, { timeout: WITHIN_MS_MAX, interval: 500 })
      .toBe(1);
    // What comes after the collapse is of no interest here.
    collapsed.abort();
    await generations;
    const [freeze] = await freezes();
    expect(freeze).toMatchObject({
      from: "open",
      rule: "freeze",
      actor: "webhook:alertmanager/plumbline/PlumblineTailOnlyAlertsWarns",
      reason: `alert PlumblineTailOnlyAlertsWarns of rule tail_only_alerts: Rare words are disappearing (lane ${LANE})`,
    });
    expect(freeze!.cause).toBe(`frozen on ${freeze!.reason}`);
    expect(await gateState()).toBe("frozen");
    await expect.poll(() => new Set(relay.statuses), { timeout: WITHIN_MS_MAX }).toEqual(new Set([200]));
    expect((await decisions()).filter(({ actor }) => !actor.startsWith("webhook:"))).toEqual([]);
  }, 300_000);

  it("is one decision, delivered seven times and once more to a console that was killed; a resume stands", async () => {
    const body = sent();
    for (let i = 0; i < 7; i += 1) expect(await deliver(body)).toBe(200);
    const before = road.run.pid("console")!;
    process.kill(before, "SIGKILL");
    const cameBack = (): boolean => {
      const pid = road.run.pid("console");
      return pid !== null && pid !== before && consoleUrl() !== NOBODY;
    };
    await expect.poll(cameBack, { timeout: WITHIN_MS_MAX, interval: 100 }).toBe(true);
    expect(await deliver(body)).toBe(200);

    expect(await asPerson("resume", SUBJECT, LAB_APPROVER)).toMatchObject({
      from: "frozen",
      to: "probation",
    });
    expect(await deliver(body)).toBe(200);
    expect(await asPerson("freeze", "template:other@1", "somebody")).toMatchObject({ to: "frozen" });
    expect(await freezes()).toHaveLength(1);
    expect(await gateState()).not.toBe("frozen");
  }, 300_000);

  it("counts anew once it has begun anew", async () => {
    const body = sent();
    const { startsAt } = (JSON.parse(body) as Sent).alerts[0]!;
    const later = new Date(Date.parse(startsAt) + 60_000).toISOString();
    expect(await deliver(body.replaceAll(startsAt, later))).toBe(200);
    await expect.poll(gateState, { timeout: WITHIN_MS_MAX, interval: 500 }).toBe("frozen");
    expect(await freezes()).toHaveLength(2);
  }, 300_000);
});
