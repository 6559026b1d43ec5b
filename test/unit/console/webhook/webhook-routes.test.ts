import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openConsole } from "../../../../services/console/open-console.ts";
import { NOTIFICATION_ALERTS_MAX } from "../../../../services/console/webhook/notification.ts";
import type { WebhookTrust } from "../../../../services/console/webhook/trust.ts";
import { BODY_BYTES_MAX } from "../../../../services/console/webhook/webhook-routes.ts";
import { HOSTILE_NAMES } from "../../../support/hostile-names.ts";
import { alertOf, NOW_MS, notificationOf, OPEN, openWebhookDesk } from "../../../support/webhook-desk.ts";

const dir = mkdtempSync(join(tmpdir(), "plumbline-webhook-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const TOKEN = "a-token-of-good-length";
const SECRET = "a-secret-of-good-length";
function fileWith(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}
const BY_TOKEN: WebhookTrust = { ...OPEN, tokenFile: fileWith("token", `${TOKEN}\n`) };
const BY_BOTH: WebhookTrust = { ...BY_TOKEN, secretFile: fileWith("secret", SECRET) };
const FIRING = JSON.stringify(notificationOf(alertOf()));
const GOOD = { authorization: `Bearer ${TOKEN}` };

async function statusOf(answer: Promise<Response>): Promise<number> {
  return (await answer).status;
}

describe("an alert by webhook", () => {
  it("becomes a freeze that names its receiver, alert and rule", async () => {
    const desk = openWebhookDesk();
    const answer = await desk.post("alertmanager", FIRING);
    expect([answer.status, await answer.json()]).toEqual([200, { alerts: { asked: 1 } }]);
    expect(desk.sent).toEqual([
      {
        commandId: expect.stringMatching(/^webhook-[0-9a-f]{32}$/),
        kind: "freeze",
        subject: "lane:support",
        lane: "support",
        actor: "webhook:alertmanager/plumbline/PlumblineWordDivergence",
        reason:
          "alert PlumblineWordDivergence of rule word_divergence: Words are used at other rates (lane support)",
        issuedMs: NOW_MS,
      },
    ]);
    expect([...desk.counts]).toEqual([["webhook_alerts alertmanager asked", 1]]);
  });

  it("has one id for as long as it fires, whichever group or receiver it comes through", async () => {
    const desk = openWebhookDesk();
    const again = { ...notificationOf(alertOf()), groupKey: "{}:{}", receiver: "other", groupLabels: {} };
    const shifted = alertOf({}, { startsAt: "2026-03-01T12:58:30.123+01:00" });
    for (const body of [FIRING, FIRING, JSON.stringify(again), JSON.stringify(notificationOf(shifted))]) {
      await desk.post("alertmanager", body);
    }
    expect(new Set(desk.sent.map(({ commandId }) => commandId)).size).toBe(1);
    const others = [
      alertOf({}, { startsAt: "2026-03-01T11:58:31Z" }),
      alertOf({}, { fingerprint: "00" }),
      alertOf({ subject: "template:qa@3" }),
    ];
    for (const alert of others) await desk.post("alertmanager", JSON.stringify(notificationOf(alert)));
    await desk.post("grafana", FIRING);
    expect(new Set(desk.sent.map(({ commandId }) => commandId)).size).toBe(5);
  });

  it("is sent once where one notification holds it twice", async () => {
    const desk = openWebhookDesk();
    const answer = await desk.post("alertmanager", JSON.stringify(notificationOf(alertOf(), alertOf())));
    expect(await answer.json()).toEqual({ alerts: { asked: 2 } });
    expect(desk.sent).toHaveLength(1);
  });

  it("is ignored, and counted, where it is over, asks for nothing, or speaks of what there is not", async () => {
    const desk = openWebhookDesk();
    const alerts = [
      alertOf({}, { status: "resolved" }),
      alertOf({ action: "" }),
      alertOf({ action: "resume" }),
      alertOf({ action: "open" }),
      alertOf({ lane: "elsewhere" }),
      alertOf({ lane: "" }),
      alertOf({ lane: "__other__" }),
      alertOf({ subject: "lane:elsewhere" }),
      alertOf({ subject: "everything" }),
      alertOf({ subject: "template:" }),
      alertOf({ subject: `template:${"x".repeat(300)}` }),
    ];
    const answer = await desk.post("alertmanager", JSON.stringify(notificationOf(...alerts)));
    const counted = { resolved: 1, no_action: 3, unknown_lane: 3, unknown_subject: 4 };
    expect([answer.status, await answer.json()]).toEqual([200, { alerts: counted }]);
    expect(desk.sent).toEqual([]);
    expect(desk.counts.get("webhook_alerts alertmanager unknown_lane")).toBe(3);
  });

  it("can hold a smaller subject than the lane", async () => {
    const desk = openWebhookDesk();
    await desk.post("alertmanager", JSON.stringify(notificationOf(alertOf({ subject: "template:qa@3" }))));
    expect(desk.sent[0]).toMatchObject({ subject: "template:qa@3", lane: "support", kind: "freeze" });
  });

  it("carries hostile names as plain, short text, in lanes of such names, too", async () => {
    const named = HOSTILE_NAMES.filter((name) => name.length <= 128);
    const desk = openWebhookDesk(OPEN, new Set(["support", ...named]));
    for (const name of HOSTILE_NAMES) {
      const labels = { lane: name, alertname: name, rule: name, [name]: name };
      const alert = alertOf(labels, { annotations: { summary: name, [name]: name } });
      const body = JSON.stringify({ ...notificationOf(alert, alertOf({ alertname: name })), receiver: name });
      expect((await desk.post("alertmanager", body)).status, JSON.stringify(name.slice(0, 40))).toBe(200);
    }
    expect(desk.sent.length).toBeGreaterThan(HOSTILE_NAMES.length);
    for (const { actor, reason, lane, subject } of desk.sent) {
      expect(`${actor} ${reason}`).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect(actor.length + reason.length).toBeLessThan(1_000);
      expect(subject).toBe(`lane:${lane}`);
    }
    expect(JSON.stringify(desk.logger)).not.toContain("\u202e");
  });

  it("is asked again later where the log is away", async () => {
    let away = true;
    const sent: unknown[] = [];
    const desk = openWebhookDesk(OPEN, new Set(["support"]), {
      send: (commands) => {
        if (away) return Promise.reject(new Error("no broker"));
        sent.push(...commands);
        return Promise.resolve();
      },
    });
    const first = await desk.post("alertmanager", FIRING);
    expect([first.status, first.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(desk.counts.has("webhook_alerts alertmanager asked")).toBe(false);
    away = false;
    expect(await statusOf(desk.post("alertmanager", FIRING))).toBe(200);
    expect(sent).toHaveLength(1);
  });

  it("is told that the sender left others out", async () => {
    const desk = openWebhookDesk();
    await desk.post("alertmanager", JSON.stringify({ ...notificationOf(alertOf()), truncatedAlerts: 3 }));
    expect(JSON.stringify(desk.logger)).toContain("max_alerts");
  });
});

describe("who may send", () => {
  it("is nobody until something is configured", async () => {
    const desk = openWebhookDesk({ ...OPEN, openOnLoopback: false });
    const answer = await desk.post("alertmanager", FIRING, GOOD);
    expect(answer.status).toBe(401);
    expect(await answer.text()).toContain("PLUMBLINE_WEBHOOK_TOKEN_FILE");
    expect(desk.counts.get("webhooks_refused alertmanager 401")).toBe(1);
  });

  it("is a program on this machine where that was said, no proxy and no page of a browser", async () => {
    const desk = openWebhookDesk();
    for (const peer of ["127.0.0.1", "::1", "::ffff:127.0.0.1"]) {
      expect(await statusOf(desk.post("alertmanager", FIRING, {}, peer)), peer).toBe(200);
    }
    for (const peer of ["10.0.0.7", "::ffff:10.0.0.7", "2001:db8::1", ""]) {
      expect(await statusOf(desk.post("alertmanager", FIRING, {}, peer)), peer).toBe(401);
    }
    for (const name of ["x-forwarded-for", "forwarded", "origin"]) {
      expect(await statusOf(desk.post("alertmanager", FIRING, { [name]: "127.0.0.1" })), name).toBe(401);
    }
    expect((await desk.app.request("/webhooks/alertmanager", { method: "POST", body: FIRING })).status).toBe(
      401,
    );
  });

  it("shows the token, the whole token, and nothing else", async () => {
    const desk = openWebhookDesk(BY_TOKEN);
    expect(await statusOf(desk.post("alertmanager", FIRING, GOOD, "10.0.0.7"))).toBe(200);
    expect(await statusOf(desk.post("grafana", FIRING, GOOD, "10.0.0.7"))).toBe(200);
    const wrong = ["", TOKEN, `Basic ${TOKEN}`, `Bearer ${TOKEN.slice(0, -1)}`, `Bearer ${TOKEN}x`, "Bearer"];
    for (const authorization of wrong) {
      expect(await statusOf(desk.post("alertmanager", FIRING, { authorization })), authorization).toBe(401);
    }
    expect(await statusOf(desk.post("alertmanager", FIRING))).toBe(401);
    expect(desk.sent).toHaveLength(2);
  });

  it("takes a new token at once, and believes nobody while the file cannot be used", async () => {
    const tokenFile = fileWith("changing", TOKEN);
    const desk = openWebhookDesk({ ...OPEN, tokenFile });
    expect(await statusOf(desk.post("alertmanager", FIRING, GOOD))).toBe(200);
    writeFileSync(tokenFile, "another-token-of-good-length");
    expect(await statusOf(desk.post("alertmanager", FIRING, GOOD))).toBe(401);
    for (const short of ["", "short"]) {
      writeFileSync(tokenFile, short);
      const answer = await desk.post("alertmanager", FIRING, { authorization: `Bearer ${short}x` });
      expect(answer.status).toBe(503);
      expect(await answer.text()).not.toContain(dir);
    }
    rmSync(tokenFile);
    expect(await statusOf(desk.post("alertmanager", FIRING, GOOD))).toBe(503);
    expect(desk.sent).toHaveLength(1);
  });

  it("is Grafana by its signature over this body, of these five minutes", async () => {
    const desk = openWebhookDesk(BY_BOTH);
    const sign = (text: string, secret = SECRET): string =>
      createHmac("sha256", secret).update(text).digest("hex");
    const signed = (signature: string, timestamp?: string): Promise<number> =>
      statusOf(
        desk.post("grafana", FIRING, {
          "x-grafana-alerting-signature": signature,
          ...(timestamp === undefined ? {} : { "x-grafana-alerting-timestamp": timestamp }),
        }),
      );
    const seconds = (ms: number): string => String(Math.floor((NOW_MS + ms) / 1_000));
    const at = (ms: number): Promise<number> => signed(sign(`${seconds(ms)}:${FIRING}`), seconds(ms));
    expect(await signed(sign(FIRING))).toBe(200);
    expect(await signed(sign(FIRING).toUpperCase())).toBe(200);
    for (const ms of [0, -299_000, 299_000]) expect(await at(ms), String(ms)).toBe(200);
    for (const ms of [-301_000, 301_000]) expect(await at(ms), String(ms)).toBe(401);
    expect(desk.sent).toHaveLength(5);

    expect(await signed(sign(FIRING, `${SECRET}x`))).toBe(401);
    expect(await signed(sign(`${FIRING} `))).toBe(401);
    expect(await signed(sign(FIRING).slice(1))).toBe(401);
    expect(await signed("")).toBe(401);
    // Of another time, of none, with the time taken off, and with one put on.
    expect(await signed(sign(`${seconds(0)}:${FIRING}`), seconds(1_000))).toBe(401);
    expect(await signed(sign(`now:${FIRING}`), "now")).toBe(401);
    expect(await signed(sign(`${seconds(0)}:${FIRING}`))).toBe(401);
    expect(await signed(sign(FIRING), seconds(0))).toBe(401);
    // Where Grafana signs, a token does not do instead; Alertmanager cannot sign.
    expect(await statusOf(desk.post("grafana", FIRING, GOOD))).toBe(401);
    expect(await statusOf(desk.post("alertmanager", FIRING, GOOD))).toBe(200);
    expect(desk.sent).toHaveLength(6);
  });
});

describe("what may be sent", () => {
  it("is JSON, and says so", async () => {
    const desk = openWebhookDesk();
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""]) {
      expect(await statusOf(desk.post("alertmanager", FIRING, { "content-type": type })), type).toBe(415);
    }
    const charset = { "content-type": "Application/JSON; charset=utf-8" };
    expect(await statusOf(desk.post("alertmanager", FIRING, charset))).toBe(200);
    expect((await desk.app.request("/webhooks/alertmanager")).status).toBe(405);
  });

  it("is what such a sender sends; what is wrong is said by its place", async () => {
    const desk = openWebhookDesk();
    const good = notificationOf(alertOf());
    const many = Array.from({ length: NOTIFICATION_ALERTS_MAX + 1 }, () => alertOf());
    const cases: readonly (readonly [unknown, RegExp])[] = [
      [null, /the body must be object/],
      [[], /the body must be object/],
      [{}, /required property/],
      [{ ...good, version: "5" }, /version must be equal to constant/],
      [{ ...good, alerts: "x" }, /alerts must be array/],
      [{ ...good, alerts: many }, /alerts must NOT have more than 1000 items/],
      [{ ...good, receiver: 7 }, /receiver must be string/],
      [notificationOf(alertOf({ lane: 7 })), /alerts\/0\/labels\/lane must be string/],
      [notificationOf(alertOf({}, { status: "pending" })), /alerts\/0\/status/],
      [notificationOf(alertOf({}, { startsAt: "yesterday" })), /alerts\/0\/startsAt/],
      [notificationOf(alertOf({}, { startsAt: "2026-13-01T00:00:00Z" })), /alerts\/0\/startsAt/],
      [notificationOf(alertOf({}, { fingerprint: "../x" })), /alerts\/0\/fingerprint/],
    ];
    for (const [body, problem] of cases) {
      const answer = await desk.post("alertmanager", JSON.stringify(body));
      expect(answer.status, String(problem)).toBe(422);
      expect(((await answer.json()) as { error: string }).error).toMatch(problem);
    }
    for (const bytes of ["", "{", "\ufeff", new Uint8Array([0xff, 0xfe, 0x7b])]) {
      expect(await statusOf(desk.post("alertmanager", bytes))).toBe(422);
    }
    // Grafana counts its versions by itself.
    expect(await statusOf(desk.post("grafana", JSON.stringify({ ...good, version: "1" })))).toBe(200);
    expect(desk.sent).toHaveLength(1);
  });

  it("has a megabyte at most, whether it says so or not", async () => {
    const desk = openWebhookDesk(BY_TOKEN);
    const large = `${FIRING.slice(0, -1)},"x":"${"x".repeat(5 * 2 ** 20)}"}`;
    expect(await statusOf(desk.post("alertmanager", large, GOOD))).toBe(413);
    const declared = { ...GOOD, "content-length": String(BODY_BYTES_MAX + 1) };
    expect(await statusOf(desk.post("alertmanager", FIRING, declared))).toBe(413);
    // A stranger's is not read at all.
    expect(await statusOf(desk.post("alertmanager", large))).toBe(401);
    const full = `${FIRING.slice(0, -1)},"x":"${"x".repeat(BODY_BYTES_MAX - FIRING.length - 7)}"}`;
    expect(full.length).toBe(BODY_BYTES_MAX);
    expect(await statusOf(desk.post("alertmanager", full, GOOD))).toBe(200);
  });

  it("comes within its time: over a real connection, what drips is told so and cut off", async () => {
    const desk = openWebhookDesk(BY_TOKEN, new Set(["support"]), { bodyMsMax: 50 });
    const console = await openConsole(desk.app, "127.0.0.1", 0);
    try {
      const head = [
        "POST /webhooks/alertmanager HTTP/1.1",
        "host: localhost",
        `authorization: Bearer ${TOKEN}`,
        "content-type: application/json",
        `content-length: ${FIRING.length}`,
      ];
      const socket = connect(Number(new URL(console.url).port), "127.0.0.1");
      const answer = await new Promise<string>((resolve, reject) => {
        let text = "";
        socket.setEncoding("utf8").on("data", (chunk) => {
          text += chunk;
        });
        socket.on("close", () => resolve(text)).on("error", reject);
        socket.write(`${head.join("\r\n")}\r\n\r\n${FIRING.slice(0, 9)}`);
      });
      expect(answer).toMatch(/^HTTP\/1.1 408 /);
      expect(desk.sent).toEqual([]);
    } finally {
      await console.close();
    }
  });

  it("comes from so many at a time", async () => {
    let open!: () => void;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const desk = openWebhookDesk(OPEN, new Set(["support"]), { send: () => gate });
    const first = Array.from({ length: 8 }, () => desk.post("alertmanager", FIRING));
    expect(await statusOf(desk.post("alertmanager", FIRING))).toBe(503);
    open();
    expect(await Promise.all(first.map(statusOf))).toEqual(new Array(8).fill(200));
    expect(await statusOf(desk.post("alertmanager", FIRING))).toBe(200);
  });
});
