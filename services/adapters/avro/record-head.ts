/** Checks and reads what every producer's record begins with: id, event time, lane, bucket. */
import type { RejectCode } from "../../core/input.ts";
import { isLaneName, LANE_CHARS_MAX } from "../../core/lane-name.ts";
import { FUTURE_MS_MAX } from "../../core/time.ts";
import { nameAt } from "./field-reader.ts";
import type { WalkedRow, Walker } from "./walker.ts";

/** UTF-16 code units. */
export const ID_CHARS_MAX = 256;
/** Event times are in [0, this): 2100-01-01T00:00Z. What is merely old is late, not invalid. */
export const EVENT_TIME_MAX_MS = 4_102_444_800_000;
/** Bytes of a bad name quoted in the detail. */
const DETAIL_BYTES_MAX = 64;
/** Lanes whose name was found good; forgotten when full. */
const LANES_KNOWN_MAX = 4_096;
/** No name of allowed length takes more bytes. */
const UTF8_BYTES_PER_UNIT_MAX = 3;

/** The head of a good record, or why it is none. Reused: valid until the next read. */
export interface RecordHead {
  id: string;
  eventMs: number;
  lane: string;
  bucket: string;
  code: RejectCode | null;
  detail: string;
}

export interface HeadReader {
  read(bytes: Buffer, row: WalkedRow, appendMs: number): RecordHead;
}

export function createHeadReader(walker: Walker): HeadReader {
  const id = walker.indexOf("id");
  const eventTime = walker.indexOf("eventTime");
  const lane = walker.indexOf("lane");
  const bucket = walker.indexOf("bucket");
  const lanesKnown = new Set<string>();
  const head: RecordHead = { id: "", eventMs: 0, lane: "", bucket: "", code: null, detail: "" };

  function refuse(code: RejectCode, detail: string): RecordHead {
    head.code = code;
    head.detail = detail;
    return head;
  }

  return {
    read(bytes, row, appendMs) {
      head.code = null;
      head.detail = "";
      // Too long and reserved names read as `__other__`, which is no lane name either.
      head.lane = nameAt(bytes, row, lane);
      if (!lanesKnown.has(head.lane)) {
        if (!isLaneName(head.lane)) {
          const start = row.starts[lane]!;
          const shown = bytes.toString("utf8", start, Math.min(row.ends[lane]!, start + DETAIL_BYTES_MAX));
          return refuse(
            "lane_invalid",
            `lane ${JSON.stringify(shown)} of ${row.ends[lane]! - start} bytes; 1 to ${LANE_CHARS_MAX} characters, ` +
              "no control characters, not starting with __",
          );
        }
        if (lanesKnown.size === LANES_KNOWN_MAX) lanesKnown.clear();
        lanesKnown.add(head.lane);
      }
      const idBytes = row.ends[id]! - row.starts[id]!;
      if (idBytes === 0 || idBytes > ID_CHARS_MAX * UTF8_BYTES_PER_UNIT_MAX) {
        return refuse("id_invalid", `id of ${idBytes} bytes; 1 to ${ID_CHARS_MAX} characters`);
      }
      head.id = bytes.toString("utf8", row.starts[id]!, row.ends[id]!);
      if (head.id.length > ID_CHARS_MAX) {
        return refuse("id_invalid", `id of ${head.id.length} characters; at most ${ID_CHARS_MAX}`);
      }
      head.eventMs = row.numbers[eventTime]!;
      if (!isEventTime(head.eventMs)) {
        return refuse("event_time_invalid", `event time ${head.eventMs} ms is not in 1970 to 2099`);
      }
      if (head.eventMs > appendMs + FUTURE_MS_MAX) {
        return refuse(
          "event_time_future",
          `event time is ${head.eventMs - appendMs} ms ahead of append time; at most ${FUTURE_MS_MAX}`,
        );
      }
      head.bucket = nameAt(bytes, row, bucket);
      return head;
    },
  };
}

/** Whether an integer of ms can be an event time at all. */
export function isEventTime(ms: number): boolean {
  return ms >= 0 && ms < EVENT_TIME_MAX_MS;
}
