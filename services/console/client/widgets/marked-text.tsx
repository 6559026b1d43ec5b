/** A text with parts of it marked. All of it is text: nothing in it is read as markup. */
import type { JSX } from "preact";
import type { Mark } from "../../answers/samples-answer.ts";

export interface MarkedTextProps {
  readonly text: string;
  /** Ascending, apart from each other. */
  readonly marks: readonly Mark[];
}

export function MarkedText({ text, marks }: MarkedTextProps): JSX.Element {
  const parts: (string | JSX.Element)[] = [];
  let at = 0;
  for (const [from, to] of marks) {
    parts.push(text.slice(at, from), <mark key={from}>{text.slice(from, to)}</mark>);
    at = to;
  }
  parts.push(text.slice(at));
  return <p class="sample-text foreign">{parts}</p>;
}
