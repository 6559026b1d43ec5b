/** Questions to the history in SQL: editor, examples, schema, table, chart, download. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ExamplesAnswer, SchemaAnswer, SqlAnswer, SqlCell } from "../../answers/sql-answer.ts";
import { AnswerError, postAnswer, useAnswer } from "../answer.ts";
import { span } from "../format.ts";
import { resultCurves } from "../result-curves.ts";
import { Answered } from "../widgets/answered.tsx";
import { EmptyState } from "../widgets/empty-state.tsx";
import { ResultChart } from "../widgets/result-chart.tsx";
import { ScrollBox } from "../widgets/scroll-box.tsx";
import { SqlEditor } from "../widgets/sql-editor.tsx";

/** Kept while the tab is open: a look at another page costs nobody a statement. */
const KEPT = "plumbline:sql";
const FIRST = "SELECT lane, subject, state, lease, since, cause\nFROM gate_now\nORDER BY since DESC";

type Outcome =
  | { readonly state: "none" }
  | { readonly state: "running" }
  | { readonly state: "there"; readonly answer: SqlAnswer }
  | { readonly state: "failed"; readonly message: string };

export function SqlPage(): JSX.Element {
  const examples = useAnswer<ExamplesAnswer>("/api/sql/examples");
  const [sql, setSql] = useState(() => sessionStorage.getItem(KEPT) ?? FIRST);
  const [outcome, setOutcome] = useState<Outcome>({ state: "none" });
  const running = useRef(false);
  useEffect(() => sessionStorage.setItem(KEPT, sql), [sql]);

  const run = async (text: string): Promise<void> => {
    if (running.current || text.trim() === "") return;
    running.current = true;
    setOutcome({ state: "running" });
    try {
      setOutcome({ state: "there", answer: await postAnswer<SqlAnswer>("/api/sql", { sql: text }) });
    } catch (error) {
      setOutcome({ state: "failed", message: messageOf(error) });
    } finally {
      running.current = false;
    }
  };
  const save = async (): Promise<void> => {
    try {
      await download(sql);
    } catch (error) {
      setOutcome({ state: "failed", message: messageOf(error) });
    }
  };
  const recipes = examples.state === "there" ? examples.value.examples : [];

  return (
    <>
      <div class="page-head">
        <h1>SQL</h1>
        <label class="field">
          <span>Start from a question</span>
          <select
            value=""
            onChange={({ currentTarget }) => {
              const recipe = recipes[Number(currentTarget.value)];
              currentTarget.value = "";
              if (recipe === undefined) return;
              setSql(recipe.sql);
              void run(recipe.sql);
            }}
          >
            <option value="">…</option>
            {recipes.map(({ question }, i) => (
              <option key={question} value={i}>
                {question}
              </option>
            ))}
          </select>
        </label>
      </div>
      <div class="sql-desk">
        <div class="stack">
          <SqlEditor sql={sql} onChange={setSql} onRun={() => void run(sql)} />
          <div class="row">
            <button
              type="button"
              class="primary"
              disabled={outcome.state === "running"}
              onClick={() => void run(sql)}
            >
              Run
            </button>
            <span class="muted small">Ctrl+Enter</span>
            <button type="button" onClick={() => void save()}>
              Download CSV
            </button>
          </div>
          <Result outcome={outcome} />
        </div>
        <Schema onPick={(table) => setSql(`SELECT *\nFROM ${table}\nLIMIT 100`)} />
      </div>
    </>
  );
}

function Result({ outcome }: { readonly outcome: Outcome }): JSX.Element {
  if (outcome.state === "none") {
    return (
      <EmptyState
        title="Ask the history"
        hint="Every statement only reads, within ten seconds and a gigabyte. In a terminal:"
        command={'npx plumbline sql "SELECT * FROM gate_now"'}
      />
    );
  }
  if (outcome.state === "running") {
    return (
      <p class="waiting" role="status">
        Running …
      </p>
    );
  }
  if (outcome.state === "failed") {
    return (
      <p class="card failed mono foreign" role="alert">
        {outcome.message}
      </p>
    );
  }
  const { answer } = outcome;
  const took = span(answer.elapsedMs);
  if (answer.kind === "text") {
    return (
      <>
        <p class="muted small" role="status">
          {took}
          {answer.more ? "; there is more than is shown" : ""}
        </p>
        <ScrollBox label="Result as text">
          <pre class="card">{answer.text}</pre>
        </ScrollBox>
      </>
    );
  }
  const curves = resultCurves(answer.columns, answer.rows);
  return (
    <>
      <p class="muted small" role="status">
        {answer.rows.length} {answer.rows.length === 1 ? "row" : "rows"}
        {answer.more ? ", and more: the download has them all" : ""} · {took}
      </p>
      {curves !== null && <ResultChart curves={curves} />}
      {answer.rows.length === 0 ? (
        <EmptyState title="No row fits" hint="The statement ran and found nothing." />
      ) : (
        <ScrollBox label="Result">
          <table class="dense">
            <thead>
              <tr>
                {answer.columns.map(({ name, type }) => (
                  <th key={name} scope="col" title={type}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {answer.rows.map((row, i) => (
                <tr key={i}>
                  {row.map((cell, column) => (
                    <Cell key={answer.columns[column]?.name} cell={cell} />
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollBox>
      )}
    </>
  );
}

function Cell({ cell }: { readonly cell: SqlCell }): JSX.Element {
  if (cell === null) return <td class="muted">NULL</td>;
  if (typeof cell === "number") return <td class="number">{String(cell)}</td>;
  return <td class="foreign">{String(cell)}</td>;
}

function Schema({ onPick }: { readonly onPick: (table: string) => void }): JSX.Element {
  const schema = useAnswer<SchemaAnswer>("/api/sql/schema");
  const [wanted, setWanted] = useState("");
  return (
    <aside class="card schema" aria-label="Tables and views">
      <label class="field">
        <span>Tables and views</span>
        <input
          type="search"
          placeholder="Find a column"
          value={wanted}
          onInput={({ currentTarget }) => setWanted(currentTarget.value)}
        />
      </label>
      <Answered answer={schema} what="the schema">
        {({ tables }) =>
          tables
            .map((table) => ({
              ...table,
              columns: table.columns.filter((column) => fits(table.name, column, wanted)),
            }))
            .filter(({ columns }) => columns.length > 0)
            .map(({ name, kind, columns }) => (
              <details key={name} open={wanted !== ""}>
                <summary>
                  <span class="mono">{name}</span> <span class="muted small">{kind}</span>
                </summary>
                <button type="button" class="small" onClick={() => onPick(name)}>
                  Look into {name}
                </button>
                <dl>
                  {columns.map((column) => (
                    <div key={column.name}>
                      <dt>
                        <span class="mono">{column.name}</span> <span class="muted small">{column.type}</span>
                      </dt>
                      {column.comment !== "" && <dd class="small">{column.comment}</dd>}
                    </div>
                  ))}
                </dl>
              </details>
            ))
        }
      </Answered>
    </aside>
  );
}

function fits(
  table: string,
  column: { readonly name: string; readonly comment: string },
  wanted: string,
): boolean {
  return `${table} ${column.name} ${column.comment}`.toLowerCase().includes(wanted.trim().toLowerCase());
}

function messageOf(error: unknown): string {
  return error instanceof AnswerError ? error.message : String(error);
}

async function download(sql: string): Promise<void> {
  const response = await fetch("/api/sql/csv", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ sql }),
  });
  if (!response.ok) {
    const said = ((await response.json().catch(() => null)) as { readonly error?: string } | null)?.error;
    throw new AnswerError(said ?? `status ${response.status}`, response.status);
  }
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = "result.csv";
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
