/** A lane to look at: typed, with those that are known to choose from. */
import type { JSX } from "preact";
import { useId } from "preact/hooks";
import type { OverviewAnswer } from "../../answers/overview-answer.ts";
import { useAnswer } from "../answer.ts";

export interface LaneFieldProps {
  readonly lane: string;
  readonly hint?: string;
  readonly onChange: (lane: string) => void;
}

export function LaneField({ lane, hint = "", onChange }: LaneFieldProps): JSX.Element {
  const overview = useAnswer<OverviewAnswer>("/api/overview");
  const list = useId();
  return (
    <label class="field">
      <span>Lane</span>
      <input
        list={list}
        value={lane}
        placeholder={hint}
        maxLength={128}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
      />
      <datalist id={list}>
        {overview.state === "there" &&
          overview.value.lanes.map((known) => <option key={known.lane} value={known.lane} />)}
      </datalist>
    </label>
  );
}
