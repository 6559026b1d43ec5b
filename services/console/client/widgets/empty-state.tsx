/** What a page says where it has nothing to show, and what to type about it. */
import type { ComponentChildren, JSX } from "preact";

export interface EmptyStateProps {
  readonly title: string;
  readonly hint?: string;
  /** To be typed into a terminal. */
  readonly command?: string;
  /** It is all the page has: its title is the page's. */
  readonly whole?: boolean;
  readonly children?: ComponentChildren;
}

export function EmptyState({ title, hint, command, whole = false, children }: EmptyStateProps): JSX.Element {
  return (
    <section class="empty">
      {whole ? <h1>{title}</h1> : <h2>{title}</h2>}
      {hint !== undefined && <p>{hint}</p>}
      {command !== undefined && (
        <p>
          <code class="command">{command}</code>
        </p>
      )}
      {children}
    </section>
  );
}
