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
  // A pass that warns is not the green of one that does not.
  const colour = word === "pass" && more !== undefined ? "warn" : word;
  const hollow = !KNOWN.has(word) || word === "inconclusive";
  return (
    <span class={`chip ${KNOWN.has(word) ? `chip-${colour}` : ""} ${hollow ? "chip-hollow" : ""}`}>
      {word.replace("_", " ")}
      {more === undefined ? "" : ` · ${more}`}
    </span>
  );
}
