/** Every lane at a glance, the one that needs somebody first. */
import type { JSX } from "preact";
import type { LaneOverview, OverviewAnswer } from "../../answers/overview-answer.ts";
import { useAnswer } from "../answer.ts";
import { Link, laneHref } from "../router.tsx";
import { Answered } from "../widgets/answered.tsx";
import { Chip } from "../widgets/chip.tsx";
import { EmptyState } from "../widgets/empty-state.tsx";

export function OverviewPage(): JSX.Element {
  const answer = useAnswer<OverviewAnswer>("/api/overview");
  return (
    <>
      <div class="page-head">
        <h1>Lanes</h1>
      </div>
      <Answered answer={answer} what="the lanes">
        {({ lanes }) =>
          lanes.length === 0 ? (
            <EmptyState
              title="No lane has been measured yet"
              hint="Send it samples; the first verdict comes when a window of them has closed."
              command="npx plumbline ingest FILE"
            />
          ) : (
            <ul class="lanes">
              {lanes.map((lane) => (
                <LaneCard key={lane.lane} lane={lane} />
              ))}
            </ul>
          )
        }
      </Answered>
    </>
  );
}

function LaneCard({ lane }: { readonly lane: LaneOverview }): JSX.Element {
  return (
    <li class="card">
      <h2 class="foreign">
        <Link href={laneHref(lane.lane)}>{lane.lane}</Link>
      </h2>
      <p>
        <Chip word={lane.gate?.state ?? "no gate yet"} /> {lane.attention}
      </p>
    </li>
  );
}
