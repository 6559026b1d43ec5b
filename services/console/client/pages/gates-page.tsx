/** Every gate, and freezing and resuming with a name and a reason. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { GateAnswer, GatesAnswer, GateWish, GateWishAnswer } from "../../answers/gates-answer.ts";
import { AnswerError, postAnswer, useAnswer } from "../answer.ts";
import { percent } from "../format.ts";
import { useNews } from "../live.ts";
import { hrefOf, Link, laneHref } from "../router.tsx";
import { Answered } from "../widgets/answered.tsx";
import { Chip } from "../widgets/chip.tsx";
import { EmptyState } from "../widgets/empty-state.tsx";
import { Moment } from "../widgets/moment.tsx";

/** Who asks is remembered while the tab is open. */
const ACTOR = "plumbline:actor";
/** Leases are renewed before they end; a stale one shows without news. */
const REFRESH_MS = 10_000;

const OUTCOMES: Readonly<Record<GateWishAnswer["outcome"], string>> = {
  granted: "Granted",
  refused: "Refused",
  already_frozen: "Frozen already",
  unanswered: "Sent, not answered yet",
};

export function GatesPage(): JSX.Element {
  const [ticks, setTicks] = useState(0);
  const news = useNews(({ kind }) => kind === "gate" || kind === "decision");
  useEffect(() => {
    const timer = setInterval(() => setTicks((known) => known + 1), REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  const answer = useAnswer<GatesAnswer>("/api/gates", {}, ticks + news);
  const [filter, setFilter] = useState("");
  return (
    <>
      <div class="page-head">
        <h1>Gates</h1>
        <label class="field">
          <span>Find</span>
          <input
            type="search"
            placeholder="lane, subject or state"
            value={filter}
            onInput={({ currentTarget }) => setFilter(currentTarget.value)}
          />
        </label>
      </div>
      <Answered answer={answer} what="the gates">
        {({ gates, gatesTotal, readOnly }) => (
          <>
            {readOnly && (
              <p class="card">
                This console only shows. To freeze or resume: <code>npx plumbline gate --help</code>
              </p>
            )}
            {gates.length === 0 ? (
              <EmptyState
                title="No gate has moved yet"
                hint="A lane's gate appears with its first verdict."
                command="npx plumbline gate list"
              />
            ) : (
              <ul class="gates">
                {gates
                  .filter((gate) => fits(gate, filter))
                  .map((gate) => (
                    <GateCard
                      key={JSON.stringify([gate.lane, gate.subject])}
                      gate={gate}
                      readOnly={readOnly}
                      onAsked={() => setTicks((known) => known + 1)}
                    />
                  ))}
              </ul>
            )}
            {gatesTotal > gates.length && (
              <p class="muted">
                {gatesTotal - gates.length} more gates are open or watched; `plumbline gate list` has them
                all.
              </p>
            )}
            {!readOnly && <FreezeAnother onAsked={() => setTicks((known) => known + 1)} />}
          </>
        )}
      </Answered>
    </>
  );
}

function fits({ lane, subject, state }: GateAnswer, filter: string): boolean {
  return `${lane} ${subject} ${state}`.toLowerCase().includes(filter.trim().toLowerCase());
}

interface GateCardProps {
  readonly gate: GateAnswer;
  readonly readOnly: boolean;
  readonly onAsked: () => void;
}

function GateCard({ gate, readOnly, onAsked }: GateCardProps): JSX.Element {
  const [asking, setAsking] = useState(false);
  const kind = gate.state === "frozen" ? "resume" : "freeze";
  return (
    <li class={`card stack gate-${gate.state}`}>
      <h2 class="foreign">{gate.subject}</h2>
      <p>
        <Chip word={gate.state} {...(gate.stale ? { more: "stale" } : {})} /> <span class="muted">in</span>{" "}
        <Link class="foreign" href={laneHref(gate.lane)}>
          {gate.lane}
        </Link>
        {!gate.enforced && <span class="muted"> · not enforced: nothing is held back</span>}
      </p>
      {gate.cause !== "" && <p class="foreign">{gate.cause}</p>}
      <dl class="facts">
        <Fact name="Since">
          <Moment ms={gate.sinceMs} />
        </Fact>
        <Fact name="Lets through">{percent(gate.share)} of generated arrivals</Fact>
        <Fact name="Lease">
          {gate.stale ? "ran out" : "until"} <Moment ms={gate.validUntilMs} />
          {gate.stale && `: nobody renews it; ${gate.staleTreatment}`}
        </Fact>
        {gate.rule !== "" && (
          <Fact name="Rule">
            <span class="mono foreign">{gate.rule}</span> {gate.ruleTitle}
          </Fact>
        )}
      </dl>
      {gate.needs.length > 0 && (
        <div>
          <h3>What a resume takes</h3>
          <ul class="needs">
            {gate.needs.map(({ text, met }) => (
              <li key={text} class="foreign">
                <span class={met === null ? "muted" : met ? "met" : "unmet"}>
                  {met === null ? "asked" : met ? "met" : "not yet"}
                </span>{" "}
                {text}
              </li>
            ))}
          </ul>
        </div>
      )}
      <p class="row">
        {!readOnly && (
          <button type="button" aria-expanded={asking} onClick={() => setAsking(!asking)}>
            {kind === "freeze" ? "Freeze" : "Resume"} {gate.subject.length > 40 ? "it" : gate.subject} …
          </button>
        )}
        <Link href={hrefOf("/timeline", { lane: gate.lane, kinds: "alarm,decision,request" })}>
          How it came here
        </Link>
      </p>
      {asking && !readOnly && (
        <WishForm kind={kind} subject={gate.subject} lane={gate.lane} onAsked={onAsked} />
      )}
    </li>
  );
}

function Fact({
  name,
  children,
}: {
  readonly name: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

interface WishFormProps {
  readonly kind: GateWish["kind"];
  readonly subject: string;
  readonly lane: string;
  readonly onAsked: () => void;
}

type Said =
  | { readonly state: "none" | "asking" }
  | { readonly state: "said"; readonly good: boolean; readonly text: string };

function WishForm({ kind, subject, lane, onAsked }: WishFormProps): JSX.Element {
  const [actor, setActor] = useState(() => sessionStorage.getItem(ACTOR) ?? "");
  const [reason, setReason] = useState("");
  const [said, setSaid] = useState<Said>({ state: "none" });
  const ask = async (): Promise<void> => {
    sessionStorage.setItem(ACTOR, actor);
    setSaid({ state: "asking" });
    try {
      const wish: GateWish = { kind, subject, lane, actor, reason };
      const answer = await postAnswer<GateWishAnswer>("/api/gates/requests", wish);
      setSaid({
        state: "said",
        good: answer.outcome === "granted",
        text: `${OUTCOMES[answer.outcome]}: ${answer.said}`,
      });
      onAsked();
    } catch (error) {
      setSaid({
        state: "said",
        good: false,
        text: error instanceof AnswerError ? error.message : String(error),
      });
    }
  };
  return (
    <form
      class="wish"
      aria-label={`${kind} ${subject}`}
      onSubmit={(event) => {
        event.preventDefault();
        void ask();
      }}
    >
      <label class="field">
        <span>Your name</span>
        <input
          required
          autocomplete="username"
          maxLength={200}
          value={actor}
          onInput={({ currentTarget }) => setActor(currentTarget.value)}
        />
      </label>
      <label class="field wide">
        <span>Reason, for the decision log</span>
        <textarea
          class="wish-reason"
          required
          rows={2}
          maxLength={2_000}
          value={reason}
          onInput={({ currentTarget }) => setReason(currentTarget.value)}
        />
      </label>
      <button type="submit" class="primary" disabled={said.state === "asking"}>
        {kind === "freeze" ? "Freeze now" : "Ask to resume"}
      </button>
      <p class={said.state === "said" ? (said.good ? "met" : "unmet") : "muted"} role="status">
        {said.state === "asking" ? "Waiting for the governor …" : said.state === "said" ? said.text : ""}
      </p>
    </form>
  );
}

function FreezeAnother({ onAsked }: { readonly onAsked: () => void }): JSX.Element {
  const [lane, setLane] = useState("");
  const [subject, setSubject] = useState("");
  return (
    <details class="card stack">
      <summary>Freeze something that has no gate yet</summary>
      <div class="filters">
        <label class="field">
          <span>Lane</span>
          <input value={lane} maxLength={128} onInput={({ currentTarget }) => setLane(currentTarget.value)} />
        </label>
        <label class="field">
          <span>Subject</span>
          <input
            placeholder="template:qa@3"
            value={subject}
            onInput={({ currentTarget }) => setSubject(currentTarget.value)}
          />
        </label>
      </div>
      {lane !== "" && subject !== "" && (
        <WishForm kind="freeze" subject={subject} lane={lane} onAsked={onAsked} />
      )}
    </details>
  );
}
