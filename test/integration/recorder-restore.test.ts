/** A history put back from an older copy, and a topic that is not the one its rows came from. */
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { migrate, migrationsDir, readMigrations } from "../../services/adapters/store/migrate.ts";
import { type OpenStore, openStore } from "../../services/adapters/store/open-store.ts";
import type { Row } from "../../services/ports.ts";
import { ADMITTED, type FakeTopic, sample, testRecorder } from "../support/recorder-fixture.ts";
import { makeTempDir, runCommand } from "../support/run-command.ts";

const dir = makeTempDir();
const home = join(dir.path, "home");
const dataDir = join(home, "clickhouse");
const backup = join(dir.path, "backup");
afterAll(() => dir.remove());

/** The history, open for as long as `work` takes: between two calls nobody holds its directory. */
async function withStore<T>(work: (store: OpenStore) => Promise<T>): Promise<T> {
  const store = await openStore({ dataDir });
  try {
    await migrate(store, readMigrations(migrationsDir()));
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Records a topic that has offsets 0 to `end`, as a recorder that starts does; returns where it began to read. */
async function recordTo(end: number, topic?: FakeTopic): Promise<readonly number[]> {
  return await withStore(async (store) => {
    const own = testRecorder(store, topic);
    const from = await own.resumeOffsets(ADMITTED);
    for (let offset = Math.min(...from.map((at) => at.offset)); offset < end; offset += 3) {
      const offsets = [offset, offset + 1, offset + 2].filter((at) => at < end);
      await own.record(
        offsets.flatMap((at) => from.filter((p) => at >= p.offset).map((p) => sample(p.partition, at))),
      );
    }
    return from.map((at) => at.offset);
  });
}

function counts(): Promise<readonly Row[]> {
  return withStore((store) =>
    store.query(
      "SELECT _epoch AS epoch, _partition AS p, count() AS n, uniqExact(_offset) AS offsets, max(_offset) AS last FROM samples GROUP BY epoch, p ORDER BY epoch, p",
    ),
  );
}

const exactly = (epoch: number, end: number): readonly Row[] =>
  [0, 1].map((p) => ({ epoch, p, n: String(end), offsets: String(end), last: String(end - 1) }));

const ANEW: FakeTopic = { cluster: "c1", topicId: "t2", high: 4 };
const command = (...args: string[]) =>
  runCommand(["recorder", "new-epoch", ...args, "--home", home], { cwd: dir.path });

describe("a history", () => {
  it("that is put back from an older copy goes on where the copy ends, and loses no row", async () => {
    expect(await recordTo(10)).toEqual([0, 0]);
    cpSync(dataDir, backup, { recursive: true });
    expect(await recordTo(25)).toEqual([10, 10]);
    expect(await counts()).toEqual(exactly(0, 25));
    rmSync(dataDir, { recursive: true });
    cpSync(backup, dataDir, { recursive: true });
    expect(await counts()).toEqual(exactly(0, 10));
    expect(await recordTo(30)).toEqual([10, 10]);
    expect(await counts()).toEqual(exactly(0, 30));
  });

  it("refuses a topic that was made anew, in another cluster, or ends below what is stored", async () => {
    const refused = /plumbline recorder new-epoch --topic admitted\.v1 --yes/;
    await expect(recordTo(4, ANEW)).rejects.toThrow(refused);
    await expect(recordTo(4, { ...ANEW, cluster: "c2", topicId: "t1" })).rejects.toThrow(refused);
    await expect(recordTo(4, { ...ANEW, topicId: "t1" })).rejects.toThrow(refused);
    expect(await counts()).toEqual(exactly(0, 30));
  });

  it("says what a new epoch would do, and does nothing without --yes", async () => {
    const asked = await command("--topic", "admitted.v1");
    expect(asked).toMatchObject({ code: 2, stderr: "" });
    expect(asked.stdout).toContain("With --yes, epoch 1 begins");
    expect(asked.stdout).toContain("Nothing was changed");
    await expect(recordTo(4, ANEW)).rejects.toThrow("made anew");
  });

  it("takes the new topic beside the old rows after the command its refusal names", async () => {
    const message = await recordTo(4, ANEW).catch((error: Error) => error.message);
    const [, given] = /`plumbline recorder new-epoch ([^`]*)`/.exec(String(message))!;
    const run = await command(...given!.split(" "));
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).toContain("Epoch 1 begins");
    expect(await recordTo(4, ANEW)).toEqual([0, 0]);
    expect(await counts()).toEqual([...exactly(0, 30), ...exactly(1, 4)]);
    expect(await recordTo(4, ANEW)).toEqual([4, 4]);
    await expect(recordTo(4, { ...ANEW, topicId: "t3" })).rejects.toThrow("made anew (its id was t2");
  });

  it("answers in JSON, and names the topics there are", async () => {
    const run = await command("--topic", "admitted.v1", "--json");
    expect(JSON.parse(run.stdout)).toEqual({ topic: "admitted.v1", before: 1, epoch: 2, done: false });
    const unknown = await command("--topic", "admited.v1", "--yes");
    expect(unknown).toMatchObject({ code: 2, stdout: "" });
    expect(unknown.stderr).toContain("admited.v1 was never recorded here; recorded are admitted.v1");
    const elsewhere = ["recorder", "new-epoch", "--topic", "admitted.v1", "--home", backup];
    expect(await runCommand(elsewhere, { cwd: dir.path })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("no history in") as string,
    });
    expect((await command()).stderr).toContain("--topic");
  });
});
