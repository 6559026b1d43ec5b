import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readRunInfo, removeRunInfo, writeRunInfo } from "../../../services/runtime/run-info.ts";
import { makeTempDir } from "../../support/run-command.ts";

const dir = makeTempDir();
afterAll(() => dir.remove());
const home = join(dir.path, "home");
const INFO = {
  startedMs: 5,
  bootstrap: "127.0.0.1:9092",
  sqlUrl: "http://127.0.0.1:8124",
  metricsUrls: { monitor: "http://127.0.0.1:9" },
  prefix: "demo-",
};

describe("run.json", () => {
  it("tells of a run while its process lives", async () => {
    expect(await readRunInfo(home)).toEqual({ state: "none" });
    await writeRunInfo(home, INFO);
    expect(await readRunInfo(home)).toMatchObject({ state: "running", info: { ...INFO, pid: process.pid } });
    expect(readdirSync(home)).toEqual(["run.json"]);
    await removeRunInfo(home);
    await removeRunInfo(home);
    expect(await readRunInfo(home)).toEqual({ state: "none" });
  });

  it("is stale once the process is gone, also when its pid is another's now", async () => {
    await writeRunInfo(home, INFO);
    const path = join(home, "run.json");
    const written = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
    const ended = spawnSync(process.execPath, ["-e", ""]).pid;
    writeFileSync(path, JSON.stringify({ ...written, pid: ended }));
    expect((await readRunInfo(home)).state).toBe("stale");
    writeFileSync(path, JSON.stringify({ ...written, processStart: "1" }));
    expect((await readRunInfo(home)).state).toBe("stale");
  });

  it("counts as none where it is not one of ours", async () => {
    for (const text of [
      "",
      "{",
      "null",
      "[]",
      '{"pid": 1}',
      `{"pid": ${process.pid}, "metricsUrls": null}`,
    ]) {
      writeFileSync(join(home, "run.json"), text);
      expect(await readRunInfo(home)).toEqual({ state: "none" });
    }
  });
});
