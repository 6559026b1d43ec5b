import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openStore } from "../../services/adapters/store/open-store.ts";

const KILLS = 5;
/** No killed life comes this far; the last one ends a little behind what the others stored. */
const FAR = 1_000_000;
const BEHIND = 4_000;
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const dataDir = mkdtempSync(join(tmpdir(), "plumbline-killed-"));
let child: ChildProcess | null = null;

afterAll(() => {
  child?.kill("SIGKILL");
  rmSync(dataDir, { recursive: true, force: true });
});

interface Life {
  /** Next offsets by partition that were acknowledged as stored. */
  readonly acknowledged: readonly number[];
  readonly ended: boolean;
}

/** Runs the recorder and kills it right after its `batches`-th acknowledgement plus a little. */
function live(batches: number, delayMs: number, end: number): Promise<Life> {
  return new Promise((resolve, reject) => {
    const script = join(import.meta.dirname, "../support/recorder-process.ts");
    const args = ["--import", "tsx", script, dataDir, String(end), String(seed + batches)];
    const own = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    child = own;
    let acknowledged: readonly number[] = [0, 0];
    let ended = false;
    let done = 0;
    let rest = "";
    let errors = "";
    own.stderr.on("data", (chunk: Buffer) => {
      errors += chunk.toString();
    });
    own.stdout.on("data", (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        const [word, ...numbers] = line.split(" ");
        if (word === "end") ended = true;
        if (word !== "done") continue;
        acknowledged = numbers.map(Number);
        done += 1;
        if (done === batches) setTimeout(() => own.kill("SIGKILL"), delayMs);
      }
    });
    own.on("exit", (code) => {
      child = null;
      if (code !== null && code !== 0)
        reject(new Error(`the recorder ended with ${code}: ${errors.slice(-2_000)}`));
      else resolve({ acknowledged, ended });
    });
  });
}

describe("a recorder that owns the embedded engine", () => {
  it(`loses nothing and repeats nothing over ${KILLS} kill -9 (SEED=${seed})`, async () => {
    let least: readonly number[] = [0, 0];
    for (let kill = 0; kill < KILLS; kill += 1) {
      const life = await live(2 + ((seed >> kill) % 7), (seed * (kill + 3)) % 23, FAR);
      expect(life.ended).toBe(false);
      least = least.map((own, index) => Math.max(own, life.acknowledged[index]!));
    }
    const end = Math.max(...least) + BEHIND;
    const last = await live(Number.MAX_SAFE_INTEGER, 0, end);
    expect(last.ended).toBe(true);

    const store = await openStore({ dataDir, database: "killed" });
    try {
      for (const table of ["samples", "texts"]) {
        const rows = await store.query(
          `SELECT _partition AS p, count() AS n, uniqExact(_offset) AS offsets, max(_offset) AS last FROM ${table} GROUP BY p ORDER BY p`,
        );
        expect(rows, `${table}, acknowledged before the last life ${least.join()}`).toEqual(
          [0, 1].map((p) => ({ p, n: String(end), offsets: String(end), last: String(end - 1) })),
        );
      }
    } finally {
      await store.close();
    }
  }, 180_000);
});
