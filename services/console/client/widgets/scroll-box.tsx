/** A table that may be larger than its place: it scrolls inside, also by keyboard. */
import type { ComponentChildren, JSX } from "preact";

export interface ScrollBoxProps {
  readonly label: string;
  /** Bounded in height, too. */
  readonly tall?: boolean;
  readonly children: ComponentChildren;
}

export function ScrollBox({ label, tall = false, children }: ScrollBoxProps): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: who has no mouse scrolls with the keys, which need the focus here
    <section class={tall ? "scroll tall" : "scroll"} tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
