/** Records without value: ticks and input cuts (law 1), told by their header. */
import type { CutRange, Input, InputCut } from "../../core/input.ts";
import { CUT_HEADER, TICK_HEADER } from "../../core/record-headers.ts";
import { type Position, STAGES } from "../../core/sample.ts";
import { EVENT_TIME_MAX_MS } from "./record-head.ts";

/** A tick worth its own append time. */
const APPEND_TIME = "append";
/** Topic-partitions in one cut. */
export const CUT_RANGES_MAX = 10_000;
const CUT_CHARS_MAX = 1_048_576;

/** What a record without value is, or null where it is neither; a string says what is wrong with its header. */
export function controlInput(
  headers: Readonly<Record<string, string>>,
  at: Position,
): Extract<Input, { kind: "tick" | "cut" }> | string | null {
  const tick = headers[TICK_HEADER];
  if (tick !== undefined) {
    if (tick === APPEND_TIME) return { kind: "tick", at, watermarkMs: at.appendMs };
    const watermarkMs = /^\d{1,13}$/.test(tick) ? Number(tick) : Number.NaN;
    if (!(watermarkMs < EVENT_TIME_MAX_MS)) return `${TICK_HEADER} is not a time in ms`;
    return { kind: "tick", at, watermarkMs };
  }
  const cut = headers[CUT_HEADER];
  if (cut === undefined) return null;
  const parsed = parseCut(cut);
  return parsed === null ? `${CUT_HEADER} is not an input cut` : { kind: "cut", at, cut: parsed };
}

/** An input cut from its JSON, or null where it is none. Keys beyond those of the type are dropped. */
function parseCut(text: string): InputCut | null {
  if (text.length > CUT_CHARS_MAX) return null;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(json) || !Array.isArray(json.ranges) || !isObject(json.revisions)) return null;
  if (json.ranges.length > CUT_RANGES_MAX) return null;
  const ranges: CutRange[] = [];
  for (const range of json.ranges as unknown[]) {
    if (!isObject(range)) return null;
    const { topic, partition, from, to } = range;
    if (typeof topic !== "string" || !isCount(partition) || !isCount(from) || !isCount(to) || from > to)
      return null;
    ranges.push({ topic, partition, from, to });
  }
  const revisions = Object.entries(json.revisions);
  if (!revisions.every((entry): entry is [string, string] => typeof entry[1] === "string")) return null;
  const cut = { ranges, revisions: Object.fromEntries(revisions) };
  const { closedThrough } = json;
  if (closedThrough === undefined) return cut;
  if (!Array.isArray(closedThrough) || closedThrough.length !== STAGES.length) return null;
  if (!closedThrough.every((ms) => ms === null || Number.isSafeInteger(ms))) return null;
  return { ...cut, closedThrough };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
