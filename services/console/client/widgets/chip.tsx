/** A gate's state or a verdict as a word with its colour. */
import type { JSX } from "preact";

const KNOWN: ReadonlySet<string> = new Set([
  "open",
  "watch",
  "throttled",
  "frozen",
  "rolled_back",
  "probation",
  "pass",
  "warn",
  "inconclusive",
  "error",
  "breach",
  "stale",
]);

export interface ChipProps {
  readonly word: string;
  /** What is said beside the word: "stale", "warns". */
  readonly more?: string;
}

export function Chip({ word, more }: ChipProps): JSX.Element {
  const hollow = !KNOWN.has(word) || word === "inconclusive";
  return (
    <span class={`chip ${KNOWN.has(word) ? `chip-${word}` : ""} ${hollow ? "chip-hollow" : ""}`}>
      {word.replace("_", " ")}
      {more === undefined ? "" : ` · ${more}`}
    </span>
  );
}
