/** How generator, judge, template and trainer of a lane feed each other, how far a loss has come, and where to look first. */
import type { JSX } from "preact";
import type {
  DiagnosisAnswer,
  DiagnosisCause,
  DiagnosisCheck,
  DiagnosisEdge,
  DiagnosisStage,
} from "../../answers/diagnosis-answer.ts";
import type { OverviewAnswer } from "../../answers/overview-answer.ts";
import { useAnswer } from "../answer.ts";
import type { PageProps } from "../pages.ts";
import { go, hrefOf, Link, laneHref } from "../router.tsx";
import { Answered } from "../widgets/answered.tsx";
import { EmptyState } from "../widgets/empty-state.tsx";
import { LoopDrawing } from "../widgets/loop-drawing.tsx";
import { ScrollBox } from "../widgets/scroll-box.tsx";

const CAUSES_SHOWN_MAX = 8;

export function LoopPage({ query }: PageProps): JSX.Element {
  const overview = useAnswer<OverviewAnswer>("/api/overview");
  const lanes = overview.state === "there" ? overview.value.lanes.map(({ lane }) => lane) : [];
  const lane = query.get("lane") ?? lanes[0] ?? null;
  const to = query.get("to");
  const answer = useAnswer<DiagnosisAnswer>(lane === null ? null : "/api/diagnosis", { lane, to });
  return (
    <>
      <div class="page-head">
        <h1>The loop</h1>
        {lanes.length > 0 && lane !== null && <LanePicker lanes={lanes} lane={lane} />}
      </div>
      {lane === null ? (
        <Answered answer={overview} what="the lanes">
          {() => (
            <EmptyState
              title="No lane has been measured yet"
              hint="The loop is drawn from what a lane's samples, windows and verdicts say."
              command="npx plumbline ingest FILE"
            />
          )}
        </Answered>
      ) : (
        <Answered answer={answer} what="the loop">
          {(value) => <Diagnosed value={value} />}
        </Answered>
      )}
    </>
  );
}

function LanePicker({
  lanes,
  lane,
}: {
  readonly lanes: readonly string[];
  readonly lane: string;
}): JSX.Element {
  const all = lanes.includes(lane) ? lanes : [lane, ...lanes];
  return (
    <label>
      Lane{" "}
      <select value={lane} onChange={(event) => go(hrefOf("/loop", { lane: event.currentTarget.value }))}>
        {all.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function Diagnosed({ value }: { readonly value: DiagnosisAnswer }): JSX.Element {
  const measured = value.edges.filter(({ state }) => state !== "not_measured");
  const closed = measured.filter(({ state }) => state === "closed").length;
  return (
    <>
      <p class="muted">
        {moment(value.fromMs)} to {moment(value.toMs)}
      </p>
      <p>
        {value.closed.value === null
          ? "How closed the loop is cannot be told: too few samples were admitted in this time. "
          : `The loop is ${percent(value.closed.value)} closed: that much of ${value.closed.n} admitted samples a model made, and no person, execution or retrieval checked it. `}
        {measured.length === 0
          ? "Nothing is measured on its edges. "
          : `${closed} of ${measured.length} measured edges are closed. `}
        <Link href={laneHref(value.lane)}>The lane's story</Link>
      </p>
      <LoopDrawing edges={value.edges} />
      <EdgeTable edges={value.edges} />
      <h2>How far has the loss come?</h2>
      <Stages stages={value.stages} inOrder={value.inOrder} />
      <h2>Where to look first</h2>
      <Causes value={value} />
    </>
  );
}

const EDGE_WORDS: Readonly<Record<DiagnosisEdge["state"], string>> = {
  open: "open",
  narrowing: "narrowing",
  closed: "closed",
  not_measured: "not measured",
};

function EdgeTable({ edges }: { readonly edges: readonly DiagnosisEdge[] }): JSX.Element {
  return (
    <ScrollBox label="What is measured on each edge">
      <table>
        <thead>
          <tr>
            <th>from and to</th>
            <th>is</th>
            <th>measured on it</th>
          </tr>
        </thead>
        <tbody>
          {edges.map((edge, i) => (
            <tr key={`${edge.from} ${edge.to}`}>
              <td>
                {i + 1}. {edge.from} to {edge.to}: {edge.title}
              </td>
              <td class={`loop-word-${edge.state}`}>{EDGE_WORDS[edge.state]}</td>
              <td>
                <ul class="loop-measures">
                  {edge.measures.map(({ title, value, n, of, state }) => (
                    <li key={title} class={value === null ? "muted" : `loop-word-${state}`}>
                      {title}: {value === null ? "not measured" : `${figure(value)}, n ${n}`}
                      {of === "" ? null : (
                        <>
                          , <span class="foreign">{of}</span>
                        </>
                      )}
                    </li>
                  ))}
                </ul>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

const STAGE_TITLES: Readonly<Record<DiagnosisStage["stage"], string>> = {
  rare_events: "Rare events",
  variance: "Variance",
  quality: "Quality",
};
const STAGE_WORDS: Readonly<Record<DiagnosisStage["state"], string>> = {
  lost: "lost",
  was_lost: "was lost, not in breach now",
  holds: "holds",
  not_measured: "not measured",
};

function Stages({ stages, inOrder }: Pick<DiagnosisAnswer, "stages" | "inOrder">): JSX.Element {
  return (
    <>
      <ol class="loop-stages">
        {stages.map(({ stage, state, sinceMs }) => (
          <li key={stage} class={`loop-stage loop-stage-${state}`}>
            <strong>{STAGE_TITLES[stage]}</strong>
            <br />
            {STAGE_WORDS[state]}
            {sinceMs === null ? "" : `, first at ${moment(sinceMs)}`}
          </li>
        ))}
      </ol>
      <p class="muted">
        A loop that feeds on itself loses rare events first, then variance, then quality.
        {inOrder === true && " So it went here."}
        {inOrder === false && " Here quality went first, which speaks for another cause."}
      </p>
    </>
  );
}

function Causes({ value }: { readonly value: DiagnosisAnswer }): JSX.Element {
  if (value.signals.length === 0) {
    return <p class="muted">No rule breached or warned in this time: there is nothing to explain.</p>;
  }
  return (
    <>
      <ul>
        {value.signals.map(({ title, shows, sinceMs }) => (
          <li key={title}>
            {title}, since {moment(sinceMs)}. <span class="muted">{shows}</span>
          </li>
        ))}
      </ul>
      <p class="muted">The order is one to look in; nothing here was proved.</p>
      {value.causes.slice(0, CAUSES_SHOWN_MAX).map((cause) => (
        <CauseCard key={cause.id} cause={cause} />
      ))}
    </>
  );
}

function CauseCard({ cause }: { readonly cause: DiagnosisCause }): JSX.Element {
  return (
    <section class="card loop-cause">
      <h3>
        {cause.title} <span class={`loop-standing-${cause.standing}`}>{cause.standing}</span>
      </h3>
      <p>{cause.how}</p>
      <div class="loop-checks">
        <Checks title="Confirmed by" checks={cause.confirmedBy} />
        <Checks title="Ruled out by" checks={cause.ruledOutBy} />
      </div>
      <p>If it is so: {cause.act}</p>
      <ul>
        {cause.look.map(({ question, sql, dashboard }) => (
          <li key={question}>
            <Link href={hrefOf("/sql", { q: sql })}>{question}</Link>{" "}
            <span class="muted">(dashboard {dashboard})</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

const SEEN_WORDS: Readonly<Record<DiagnosisCheck["seen"], string>> = {
  holds: "yes",
  fails: "no",
  unknown: "?",
};

function Checks({
  title,
  checks,
}: {
  readonly title: string;
  readonly checks: readonly DiagnosisCheck[];
}): JSX.Element {
  return (
    <div>
      <h4>{title}</h4>
      <ul>
        {checks.map((check) => (
          <li key={check.title} class={check.seen === "unknown" ? "muted" : ""}>
            <strong>{SEEN_WORDS[check.seen]}</strong> {check.title}{" "}
            {check.value === null ? "is not measured" : `is ${figure(check.value)}`} ({check.bound})
            {check.of === "" ? null : (
              <>
                , <span class="foreign">{check.of}</span>
              </>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

function figure(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}

function moment(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
