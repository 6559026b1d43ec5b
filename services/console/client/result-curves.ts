/** Which curves a result of a statement makes. */
import type { SqlCell, SqlColumn } from "../answers/sql-answer.ts";

export const CURVES_MAX = 12;

export interface ResultCurve {
  readonly name: string;
  /** Time in epoch ms, ascending, each once; a value that is NULL is a gap. */
  readonly points: readonly (readonly [number, number | null])[];
}

export interface ResultCurves {
  readonly fromMs: number;
  readonly toMs: number;
  readonly curves: readonly ResultCurve[];
  /** There were more than `CURVES_MAX`. */
  readonly more: boolean;
}

const TIME = /^(?:Nullable\(|LowCardinality\()*Date/;
const NUMBER = /^(?:Nullable\(|LowCardinality\()*(?:U?Int|Float|Decimal|BFloat)/;
const TEXT = /^(?:Nullable\(|LowCardinality\()*(?:String|FixedString|Enum|Bool|UUID)/;

/**
 * The first time column is the axis; each numeric column is a curve, and each combination of the text columns where a time has more
 * than one row. null where there is no time, no number, or fewer than two times. Of two values of one curve and time the last counts.
 */
export function resultCurves(
  columns: readonly SqlColumn[],
  rows: readonly (readonly SqlCell[])[],
): ResultCurves | null {
  const at = columns.findIndex(({ type }) => TIME.test(type));
  const numbers = columns.flatMap(({ name, type }, i) => (NUMBER.test(type) ? [{ name, i }] : []));
  if (at < 0 || numbers.length === 0) return null;
  const timed = rows.flatMap((row) => {
    const ms = timeOf(row[at] ?? null);
    return ms === null ? [] : [{ ms, row }];
  });
  const times = new Set(timed.map(({ ms }) => ms));
  if (times.size < 2) return null;
  const repeated = times.size < timed.length;
  const texts = repeated ? columns.flatMap(({ type }, i) => (TEXT.test(type) ? [i] : [])) : [];
  const curves = new Map<string, Map<number, number | null>>();
  let more = false;
  for (const { ms, row } of timed) {
    const label = texts.map((i) => String(row[i] ?? "")).join(" · ");
    for (const { name, i } of numbers) {
      const own = numbers.length > 1 || label === "" ? [name, label] : [label];
      const key = own.filter((part) => part !== "").join(" · ");
      let points = curves.get(key);
      if (points === undefined) {
        if (curves.size === CURVES_MAX) {
          more = true;
          continue;
        }
        points = new Map();
        curves.set(key, points);
      }
      points.set(ms, numberOf(row[i] ?? null));
    }
  }
  return {
    fromMs: Math.min(...times),
    toMs: Math.max(...times),
    curves: [...curves].map(([name, points]) => ({ name, points: [...points].sort(([a], [b]) => a - b) })),
    more,
  };
}

/** ClickHouse writes times in UTC without saying so. */
function timeOf(cell: SqlCell): number | null {
  if (typeof cell !== "string") return null;
  const ms = Date.parse(cell.includes(" ") ? `${cell.replace(" ", "T")}Z` : cell);
  return Number.isNaN(ms) ? null : ms;
}

/** Whole numbers of 64 bits come as text. */
function numberOf(cell: SqlCell): number | null {
  if (cell === null || cell === "") return null;
  const number = Number(cell);
  return Number.isFinite(number) ? number : null;
}
