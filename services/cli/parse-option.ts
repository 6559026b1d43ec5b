import { InvalidArgumentError } from "commander";
import { isLaneName, LANE_CHARS_MAX } from "../core/lane-name.ts";
import { parseDurationMs } from "../runtime/duration.ts";

/** A parser of commander options: a whole number within min..max. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`A whole number of ${min}..${max} is expected.`);
    }
    return value;
  };
}

/** A parser of commander options: the name of a lane. */
export function laneName(text: string): string {
  if (!isLaneName(text)) {
    throw new InvalidArgumentError(
      `A lane has 1 to ${LANE_CHARS_MAX} printable characters and does not begin with "__".`,
    );
  }
  return text;
}

/** A parser of commander options: a length of time such as `30d`, in ms, more than none. */
export function durationMs(text: string): number {
  const ms = parseDurationMs(text);
  if (ms === null || ms === 0) throw new InvalidArgumentError("A duration such as 12h or 30d is expected.");
  return ms;
}
