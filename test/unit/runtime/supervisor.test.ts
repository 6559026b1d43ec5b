import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RESTARTS_MAX, Supervisor } from "../../../services/runtime/supervisor.ts";
import { KeptLogger } from "../../support/kafka-broker.ts";

const NEVER = new AbortController().signal;
let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "plumbline-supervisor-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** A service that notes each start and is ready at its first `lives` starts; later ones end at once. */
async function service(name: string, lives: number) {
  const starts = join(directory, `${name}.starts`);
  const modulePath = join(directory, `${name}.mjs`);
  await writeFile(starts, "");
  await writeFile(
    modulePath,
    `import { appendFileSync, readFileSync } from "node:fs";
     appendFileSync(${JSON.stringify(starts)}, process.pid + "\\n");
     const count = readFileSync(${JSON.stringify(starts)}, "utf8").trim().split("\\n").length;
     if (count > ${lives}) process.exit(3);
     process.send({ kind: "ready", service: "${name}", metricsUrl: "" });
     setInterval(() => {}, 1_000);`,
  );
  return { starts, spec: { name, modulePath, env: {} } };
}

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error("waited in vain");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("the supervisor", () => {
  it("starts a killed service again, once", async () => {
    const supervisor = new Supervisor({
      logDir: directory,
      logger: new KeptLogger(),
      signal: NEVER,
      onGivenUp: () => {},
    });
    const { starts, spec } = await service("killed", 99);
    await supervisor.start(spec);
    const first = supervisor.pid("killed")!;
    process.kill(first, "SIGKILL");
    await until(() => supervisor.ready().length === 1 && ![null, first].includes(supervisor.pid("killed")));
    const pids = (await readFile(starts, "utf8")).trim().split("\n");
    expect(pids).toHaveLength(2);
    await supervisor.close();
    for (const pid of pids) expect(() => process.kill(Number(pid), 0)).toThrow();
  });

  it("starts a service again where it was reached, or elsewhere where that port is taken by now", async () => {
    const supervisor = new Supervisor({
      logDir: directory,
      logger: new KeptLogger(),
      signal: NEVER,
      onGivenUp: () => {},
    });
    const modulePath = join(directory, "reached.mjs");
    await writeFile(
      modulePath,
      `import { createServer } from "node:http";
       const server = createServer();
       server.on("error", () => process.exit(1));
       server.listen(Number(process.env.PLUMBLINE_METRICS_PORT), "127.0.0.1", () =>
         process.send({ kind: "ready", service: "reached", metricsUrl: "http://127.0.0.1:" + server.address().port }));`,
    );
    const env = { PLUMBLINE_METRICS_PORT: "0" };
    const { metricsUrl } = await supervisor.start({ name: "reached", modulePath, env });
    const killed = async (): Promise<number> => {
      const pid = supervisor.pid("reached")!;
      process.kill(pid, "SIGKILL");
      await until(() => supervisor.pid("reached") !== pid);
      return pid;
    };
    const first = await killed();
    await until(() => supervisor.readyOf("reached") !== null && supervisor.pid("reached") !== first);
    expect(supervisor.readyOf("reached")?.metricsUrl).toBe(metricsUrl);

    const second = await killed();
    const squatter = createServer();
    await new Promise<void>((resolve, reject) => {
      squatter.once("error", reject);
      squatter.listen(Number(new URL(metricsUrl).port), "127.0.0.1", () => resolve());
    });
    await until(() => supervisor.readyOf("reached") !== null && supervisor.pid("reached") !== second);
    expect(supervisor.readyOf("reached")?.metricsUrl).not.toBe(metricsUrl);
    await supervisor.close();
    squatter.close();
  });

  it("outlives a machine that starts no process for a while, and says why it did not", async () => {
    const logger = new KeptLogger();
    const supervisor = new Supervisor({
      logDir: directory,
      logger,
      signal: NEVER,
      onGivenUp: () => {},
      restartsMax: 1_000,
    });
    const { spec } = await service("refused", 99);
    await supervisor.start(spec);
    const first = supervisor.pid("refused")!;
    const { execPath } = process;
    process.execPath = join(directory, "no-such-program");
    try {
      await expect(supervisor.start({ ...spec, name: "never" })).rejects.toThrow(
        /^never could not be started: spawn .*no-such-program ENOENT$/,
      );
      process.kill(first, "SIGKILL");
      await until(
        () => logger.lines.filter(({ message }) => message === "service did not come back").length >= 2,
      );
      expect(supervisor.pid("refused")).toBeNull();
    } finally {
      process.execPath = execPath;
    }
    await until(
      () => ![null, first].includes(supervisor.pid("refused")) && supervisor.readyOf("refused") !== null,
    );
    await supervisor.close();
    expect(logger.lines.some(({ fields }) => String(fields.error).includes("ENOENT"))).toBe(true);
  });

  it("gives up a service that cannot come back, after as many tries as it says, leaving nothing behind", async () => {
    let givenUp = "";
    const supervisor = new Supervisor({
      logDir: directory,
      logger: new KeptLogger(),
      signal: NEVER,
      onGivenUp: (name) => {
        givenUp = name;
      },
    });
    const { starts, spec } = await service("broken", 1);
    await supervisor.start(spec);
    process.kill(supervisor.pid("broken")!, "SIGKILL");
    await until(() => givenUp === "broken");
    const pids = (await readFile(starts, "utf8")).trim().split("\n");
    expect(pids).toHaveLength(1 + RESTARTS_MAX);
    await supervisor.close();
    for (const pid of pids) expect(() => process.kill(Number(pid), 0)).toThrow();
  });

  it("rejects a start that stays silent only when its process is gone, so that no second one runs beside it", async () => {
    const supervisor = new Supervisor({
      logDir: directory,
      logger: new KeptLogger(),
      signal: NEVER,
      onGivenUp: () => {},
      readyMsMax: 50,
    });
    const modulePath = join(directory, "silent.mjs");
    await writeFile(modulePath, "setInterval(() => {}, 1_000);");
    const starting = supervisor.start({ name: "silent", modulePath, env: {} });
    const pid = supervisor.pid("silent")!;
    await expect(starting).rejects.toThrow(/silent ended \(not ready within 50 ms\)/);
    expect(supervisor.pid("silent")).toBeNull();
    expect(() => process.kill(pid, 0)).toThrow();
    await supervisor.close();
  });

  it("stops one service for good, says how it ended, and starts it again when asked", async () => {
    const supervisor = new Supervisor({
      logDir: directory,
      logger: new KeptLogger(),
      signal: NEVER,
      onGivenUp: () => {},
    });
    const { starts, spec } = await service("stopped", 99);
    const other = await service("kept", 99);
    await Promise.all([supervisor.start(spec), supervisor.start(other.spec)]);
    expect(supervisor.readyOf("stopped")?.service).toBe("stopped");
    const ended = await supervisor.stop("stopped");
    expect(ended).toMatchObject({ code: null, signal: "SIGTERM" });
    expect(ended!.ms).toBeGreaterThan(0);
    expect([supervisor.pid("stopped"), supervisor.readyOf("stopped")]).toEqual([null, null]);
    expect(supervisor.pid("kept")).not.toBeNull();
    expect(await supervisor.stop("stopped")).toBeNull();
    expect(await supervisor.stop("nobody")).toBeNull();
    await supervisor.start(spec);
    expect((await readFile(starts, "utf8")).trim().split("\n")).toHaveLength(2);
    await supervisor.close();
  });

  it("says which service did not start and where its log is", async () => {
    const supervisor = new Supervisor({
      logDir: directory,
      logger: new KeptLogger(),
      signal: NEVER,
      onGivenUp: () => {},
    });
    const { spec } = await service("never", 0);
    await expect(supervisor.start(spec)).rejects.toThrow(/never ended \(exit code 3\); see .*never\.log/);
    await supervisor.close();
  });
});
