/** Two windows, or two model versions, of a lane side by side. */
import type { JSX } from "preact";
import { useId } from "preact/hooks";
import type {
  CompareAnswer,
  CompareChoicesAnswer,
  ComparedRow,
  ComparedValue,
  DifferingItem,
} from "../../answers/compare-answer.ts";
import type { OverviewAnswer } from "../../answers/overview-answer.ts";
import { useAnswer } from "../answer.ts";
import { figure, moment } from "../format.ts";
import type { PageProps } from "../pages.ts";
import { go, hrefOf, Link } from "../router.tsx";
import { Answered } from "../widgets/answered.tsx";
import { EmptyState } from "../widgets/empty-state.tsx";
import { LaneField } from "../widgets/lane-field.tsx";
import { ScrollBox } from "../widgets/scroll-box.tsx";

export function ComparePage({ query }: PageProps): JSX.Element {
  const [lane, a, b] = ["lane", "a", "b"].map((name) => query.get(name) ?? "") as [string, string, string];
  const choices = useAnswer<CompareChoicesAnswer>(lane === "" ? null : "/api/compare/choices", { lane });
  const change = (changed: Readonly<Record<string, string>>): void =>
    go(hrefOf("/compare", { lane, a: a || null, b: b || null, ...changed }), true);
  return (
    <>
      <div class="page-head">
        <h1>Compare</h1>
      </div>
      <form class="filters" aria-label="What is compared" onSubmit={(event) => event.preventDefault()}>
        <LaneField lane={lane} onChange={(value) => go(hrefOf("/compare", { lane: value }), true)} />
        {choices.state === "there" && (
          <>
            <SideField
              label="A"
              side={a}
              choices={choices.value}
              fits=""
              onChange={(side) => change({ a: side })}
            />
            <SideField
              label="B"
              side={b}
              choices={choices.value}
              fits={a}
              onChange={(side) => change({ b: side })}
            />
            <button type="button" disabled={a === "" || b === ""} onClick={() => change({ a: b, b: a })}>
              Swap
            </button>
          </>
        )}
      </form>
      {lane === "" ? (
        <LaneChoice />
      ) : a === "" || b === "" ? (
        <Answered answer={choices} what="what there is to compare">
          {({ windows, models }) => (
            <EmptyState
              title={
                windows.length + models.length < 2 ? "There is nothing to compare yet" : "Choose A and B"
              }
              hint="Each metric is shown with both values, their difference, and whether that is beyond noise."
            />
          )}
        </Answered>
      ) : (
        <Comparison lane={lane} a={a} b={b} />
      )}
    </>
  );
}

/** What the page says before a lane is chosen: the lanes there are. */
function LaneChoice(): JSX.Element {
  const overview = useAnswer<OverviewAnswer>("/api/overview");
  return (
    <Answered answer={overview} what="the lanes">
      {({ lanes }) =>
        lanes.length === 0 ? (
          <EmptyState
            title="No lane has been measured yet"
            hint="There is something to compare once two windows of a lane have closed."
            command="npx plumbline ingest FILE"
          />
        ) : (
          <EmptyState title="Choose a lane" hint="Then two of its windows, or two versions of its model.">
            <ul class="choices">
              {lanes.map(({ lane }) => (
                <li key={lane}>
                  <Link href={hrefOf("/compare", { lane })}>{lane}</Link>
                </li>
              ))}
            </ul>
          </EmptyState>
        )
      }
    </Answered>
  );
}

interface SideFieldProps {
  readonly label: string;
  readonly side: string;
  readonly choices: CompareChoicesAnswer;
  /** The other side; a window goes with windows, a version with versions. */
  readonly fits: string;
  readonly onChange: (side: string) => void;
}

function SideField({ label, side, choices, fits, onChange }: SideFieldProps): JSX.Element {
  const id = useId();
  const windows = fits.startsWith("model/") ? [] : choices.windows;
  const models = fits === "" || fits.startsWith("model/") ? choices.models : [];
  const known = windows.some((own) => own.side === side) || models.some((own) => own.side === side);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={side} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
        <option value="">…</option>
        {side !== "" && !known && <option value={side}>{side}</option>}
        {windows.length > 0 && (
          <optgroup label="Windows">
            {windows.map(({ side: own, window, startMs, generation }) => (
              <option key={own} value={own}>
                {window} from {moment(startMs)}, generation {generation}
              </option>
            ))}
          </optgroup>
        )}
        {models.length > 0 && (
          <optgroup label="Model versions">
            {models.map(({ side: own, model, records }) => (
              <option key={own} value={own}>
                {model}, {figure(records)} records
              </option>
            ))}
          </optgroup>
        )}
      </select>
    </div>
  );
}

function Comparison({
  lane,
  a,
  b,
}: {
  readonly lane: string;
  readonly a: string;
  readonly b: string;
}): JSX.Element {
  const answer = useAnswer<CompareAnswer>("/api/compare", { lane, a, b });
  return (
    <Answered answer={answer} what="the comparison">
      {({ metrics, buckets, bucketsCompared, texts }) => {
        const moved = metrics.filter(({ beyondNoise }) => beyondNoise === true).length;
        return (
          <div class="stack">
            <p role="status">
              {moved} of {metrics.length} values moved beyond noise. Of those so named, one in twenty is
              expected to be chance.
            </p>
            <Rows title="Metrics" rows={metrics} />
            {bucketsCompared > 0 && (
              <Rows
                title={`Buckets that moved most, of ${bucketsCompared} values`}
                rows={buckets}
                withBucket={true}
              />
            )}
            {texts === null ? (
              <p class="muted">
                The history keeps no texts of both sides: words and skeletons are not compared.
              </p>
            ) : (
              <>
                <Items title="Words that differ" texts={texts} items={texts.tokens} />
                <Items title="Skeletons that differ" texts={texts} items={texts.skeletons} />
              </>
            )}
          </div>
        );
      }}
    </Answered>
  );
}

interface RowsProps {
  readonly title: string;
  readonly rows: readonly ComparedRow[];
  readonly withBucket?: boolean;
}

function Rows({ title, rows, withBucket = false }: RowsProps): JSX.Element {
  return (
    <section class="card stack">
      <h2>{title}</h2>
      <ScrollBox label={title}>
        <table class="dense">
          <thead>
            <tr>
              {withBucket && <th scope="col">Bucket</th>}
              <th scope="col">Value</th>
              <th scope="col">Of</th>
              <th scope="col" class="number">
                A
              </th>
              <th scope="col" class="number">
                B
              </th>
              <th scope="col" class="number">
                Difference
              </th>
              <th scope="col">Moved</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={JSON.stringify([row.metric, row.stage, row.segment, row.bucket])}>
                {withBucket && (
                  <th scope="row" class="foreign">
                    {row.bucket}
                  </th>
                )}
                <td class="foreign">
                  {row.title || row.metric}{" "}
                  {row.title !== "" && <span class="muted small mono">{row.metric}</span>}
                </td>
                <td class="muted foreign">
                  {row.stage}, {row.segment}
                </td>
                <Value value={row.a} />
                <Value value={row.b} />
                <td class="number">{differenceText(row)}</td>
                <td class={row.worse === true ? "unmet" : row.worse === false ? "met" : "muted"}>
                  {verdictOf(row)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
    </section>
  );
}

function Value({ value }: { readonly value: ComparedValue | null }): JSX.Element {
  if (value === null) return <td class="number muted">–</td>;
  return (
    <td class="number">
      {value.status === "ok" ? figure(value.value) : <span class="muted">{value.status}</span>}
      <br />
      <span class="muted small">
        {value.lo !== null && value.hi !== null && `${figure(value.lo)} to ${figure(value.hi)}, `}n{" "}
        {figure(value.n)}
      </span>
    </td>
  );
}

function differenceText({ difference, a, b }: ComparedRow): JSX.Element | string {
  if (difference === null) {
    const [first, second] = [a?.value ?? null, b?.value ?? null];
    return first === null || second === null ? "–" : signed(second - first);
  }
  return (
    <>
      {signed(difference.value)}
      <br />
      <span class="muted small">
        {figure(difference.lo)} to {figure(difference.hi)}
      </span>
    </>
  );
}

function signed(value: number): string {
  return `${value > 0 ? "+" : ""}${figure(value)}`;
}

function verdictOf({ a, b, beyondNoise, worse, difference }: ComparedRow): string {
  if (a === null) return "only in B";
  if (b === null) return "only in A";
  if (difference === null || beyondNoise === null) return "cannot tell";
  if (!beyondNoise) return "within noise";
  return worse === null ? "beyond noise" : worse ? "worse" : "better";
}

interface ItemsProps {
  readonly title: string;
  readonly texts: { readonly textsA: number; readonly textsB: number };
  readonly items: readonly DifferingItem[];
}

function Items({ title, texts, items }: ItemsProps): JSX.Element {
  const { textsA, textsB } = texts;
  return (
    <section class="card stack">
      <h2>{title}</h2>
      {items.length === 0 ? (
        <p class="muted">
          None, among {textsA} texts of A and {textsB} of B.
        </p>
      ) : (
        <ScrollBox label={title}>
          <table class="dense">
            <thead>
              <tr>
                <th scope="col">{title}</th>
                <th scope="col" class="number">
                  In {textsA} texts of A
                </th>
                <th scope="col" class="number">
                  In {textsB} texts of B
                </th>
              </tr>
            </thead>
            <tbody>
              {items.map(({ item, a, b }) => (
                <tr key={item}>
                  <th scope="row" class="foreign mono">
                    {item === "" ? "(no words)" : item}
                  </th>
                  <td class="number">{a}</td>
                  <td class="number">{b}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollBox>
      )}
    </section>
  );
}
