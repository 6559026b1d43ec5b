/** One text behind a window, with where it comes from. */
import type { JSX } from "preact";
import type { ShownText } from "../../answers/samples-answer.ts";
import { MarkedText } from "./marked-text.tsx";

export function SampleCard({ text }: { readonly text: ShownText }): JSX.Element {
  const facts = [
    text.bucket,
    text.origin.replaceAll("_", " "),
    text.template,
    text.teacher,
    text.judge,
    text.decision,
  ].filter((fact) => fact !== "");
  return (
    <article class="sample">
      <p class="small muted foreign">
        <code>{text.id}</code> {facts.join(" · ")}
      </p>
      {text.input !== "" && <p class="sample-input foreign">{text.input}</p>}
      <MarkedText text={text.output} marks={text.marks} />
      {text.cut && <p class="small muted">Cut here; the whole text is in the table texts.</p>}
    </article>
  );
}
