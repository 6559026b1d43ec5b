/** What may stand behind a window that breaches or warns: the places to look first. */
import type { JSX } from "preact";
import type { DiagnosisAnswer } from "../../answers/diagnosis-answer.ts";
import { useAnswer } from "../answer.ts";
import { hrefOf, Link } from "../router.tsx";
import { Answered } from "./answered.tsx";

const CAUSES_SHOWN_MAX = 3;

export interface LikelyCausesProps {
  readonly lane: string;
  /** End of the window: what came later explains nothing. */
  readonly endMs: number;
}

export function LikelyCauses({ lane, endMs }: LikelyCausesProps): JSX.Element {
  const to = endMs + 1;
  const answer = useAnswer<DiagnosisAnswer>("/api/diagnosis", { lane, to });
  return (
    <section aria-label="Likely causes">
      <h2>Likely causes</h2>
      <Answered answer={answer} what="likely causes">
        {({ causes }) => (
          <>
            <ol>
              {causes.slice(0, CAUSES_SHOWN_MAX).map(({ id, title, standing, how, look }) => (
                <li key={id}>
                  <strong>{title}</strong> ({standing}). {how}{" "}
                  {look[0] !== undefined && (
                    <Link href={hrefOf("/sql", { q: look[0].sql })}>{look[0].question}</Link>
                  )}
                </li>
              ))}
            </ol>
            <p>
              <Link href={hrefOf("/loop", { lane, to })}>
                All of them, what speaks for each and against it, and the loop
              </Link>
            </p>
          </>
        )}
      </Answered>
    </section>
  );
}
