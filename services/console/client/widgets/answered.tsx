/** Shows an answer, or that it is on its way, or why there is none. */
import type { ComponentChildren, JSX } from "preact";
import type { Answer } from "../answer.ts";
import { EmptyState } from "./empty-state.tsx";

export interface AnsweredProps<T> {
  /** The page has no title of its own before the answer is there. */
  readonly whole?: boolean;
  readonly answer: Answer<T>;
  /** What is asked for, as a noun: "the lanes". */
  readonly what: string;
  readonly children: (value: T) => ComponentChildren;
}

export function Answered<T>({ answer, what, whole = false, children }: AnsweredProps<T>): JSX.Element {
  if (answer.state === "waiting") {
    return (
      <p class="waiting" role="status">
        Asking for {what} …
      </p>
    );
  }
  if (answer.state === "failed") {
    return (
      <EmptyState
        whole={whole}
        title={`No answer about ${what}`}
        hint={answer.message}
        {...(answer.status === 503 || answer.status === 0 ? { command: "npx plumbline status" } : {})}
      />
    );
  }
  return <>{children(answer.value)}</>;
}
