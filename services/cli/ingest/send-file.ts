/** Lines of a file as records of a topic: parsed, checked against the schema, sent in batches. */
import type { Codec } from "../../adapters/avro/codec.ts";
import { isLaneName } from "../../core/lane-name.ts";
import { SAMPLE_MESSAGE_BYTES_MAX } from "../../core/topics.ts";
import type { OutgoingRecord, Writer } from "../../ports.ts";
import type { TopicNames } from "../../runtime/topics.ts";
import { CliError } from "../io.ts";
import { BadLines, bad, type Parsed } from "../lines/bad-lines.ts";
import type { Line } from "../lines/line-splitter.ts";
import { TextIds } from "../lines/text-ids.ts";
import { type RecordDefaults, recordFromLine } from "./record-from-line.ts";

const BATCH_RECORDS_MAX = 1_000;
const BATCH_BYTES_MAX = 8_388_608;
/** Room that key and headers take of a broker message. */
const OVERHEAD_BYTES = 1_024;

export interface SendFile extends RecordDefaults {
  readonly path: string;
  readonly lines: AsyncIterable<Iterable<Line>>;
  readonly writer: Writer;
  readonly codec: Codec;
  readonly names: TopicNames;
  /** Records older than this are refused, with an explanation; null lets all through. */
  readonly oldestMs: number | null;
  readonly onSent: (records: number) => void;
}

export interface Sent {
  readonly sent: number;
  readonly bad: BadLines;
}

/** Sends what can be sent; every record is acknowledged when it resolves. Throws `CliError` for a file that is no such thing. */
export async function sendFile(options: SendFile): Promise<Sent> {
  const { codec, names, topic, writer, oldestMs } = options;
  const badLines = new BadLines(options.path);
  const ids = new TextIds();
  let batch: OutgoingRecord[] = [];
  let batchBytes = 0;
  let sent = 0;

  async function flush(): Promise<void> {
    if (batch.length === 0) return;
    await writer.write(batch);
    sent += batch.length;
    options.onSent(sent);
    batch = [];
    batchBytes = 0;
  }

  function encode(line: Line): Parsed<OutgoingRecord> {
    const parsed = recordFromLine(line, options, ids);
    if (!parsed.ok) return parsed;
    const { lane, eventTime } = parsed.value;
    if (!isLaneName(lane))
      return bad("field_invalid", "lane must have 1 to 128 characters, no controls, no __ first");
    if (oldestMs !== null && eventTime < oldestMs) throw tooOld(options.path, line.number, eventTime);
    const problems = codec.problemsOf(topic, parsed.value);
    if (problems.length > 0) return bad("record_invalid", problems.join("; "));
    const value = codec.encode(topic, parsed.value as never);
    const most = SAMPLE_MESSAGE_BYTES_MAX - OVERHEAD_BYTES;
    if (value.length > most)
      return bad("record_invalid", `${value.length} bytes as a record, at most ${most}`);
    return { ok: true, value: { topic: names.full(topic), partition: null, key: lane, value } };
  }

  for await (const chunk of options.lines) {
    for (const line of chunk) {
      const encoded = encode(line);
      if (!encoded.ok) {
        badLines.bad(line.number, encoded.bad);
        continue;
      }
      badLines.good();
      batch.push(encoded.value);
      batchBytes += encoded.value.value?.length ?? 0;
      if (batch.length >= BATCH_RECORDS_MAX || batchBytes >= BATCH_BYTES_MAX) await flush();
    }
  }
  await flush();
  badLines.finish();
  return { sent, bad: badLines };
}

function tooOld(path: string, line: number, eventTime: number): CliError {
  const when = new Date(eventTime);
  const shown = Number.isNaN(when.getTime()) ? String(eventTime) : when.toISOString();
  return new CliError(
    `${path}, line ${line}: event time ${shown} is in the past. In the live topics such a record is late: it is ` +
      "counted beside the windows, not in them. Write history to topics of its own with --prefix NAME, or date " +
      "these records now with --event-time now.",
  );
}
