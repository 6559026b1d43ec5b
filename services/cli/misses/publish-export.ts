/** Writes an export and puts its record into the log: both or, as far as two places can, neither. */
import { randomUUID } from "node:crypto";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import type { Codec } from "../../adapters/avro/codec.ts";
import type { MissExport } from "../../core/misses/miss-export.ts";
import type { Log } from "../../ports.ts";
import type { TopicNames } from "../../runtime/topics.ts";
import { exportRecord } from "./export-record.ts";

export interface ExportLog {
  readonly log: Log;
  readonly codec: Codec;
  readonly names: TopicNames;
}

/** Writes the record to `changes` and resolves when it is acknowledged. */
export async function publishExport(
  { log, codec, names }: ExportLog,
  made: MissExport,
  actor: string,
  nowMs: number,
): Promise<void> {
  const value = codec.encode("changes", exportRecord(made, actor, nowMs));
  const writer = await log.writer();
  try {
    await writer.write([{ topic: names.full("changes"), partition: null, key: made.lane, value }]);
  } finally {
    await writer.close();
  }
}

/**
 * Writes `text` to a file that only its owner can read, since users wrote it. 1. It is written beside its place, so that nothing is
 * recorded that could not be written. 2. `publish` records it; where that throws, the file is taken away. 3. It gets its name, in one step.
 */
export async function writeExport(path: string, text: string, publish: () => Promise<void>): Promise<void> {
  const beside = `${path}.${randomUUID()}.part`;
  try {
    writeFileSync(beside, text, { mode: 0o600, flag: "wx" });
    await publish();
    renameSync(beside, path);
  } finally {
    rmSync(beside, { force: true });
  }
}
