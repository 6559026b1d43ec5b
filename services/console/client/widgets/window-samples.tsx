/** The texts behind a window: evidence, templates, neighbours, and what no longer comes. */
import type { JSX } from "preact";
import type { SamplesAnswer } from "../../answers/samples-answer.ts";
import { percent } from "../format.ts";
import { EmptyState } from "./empty-state.tsx";
import { SampleCard } from "./sample-card.tsx";

export function WindowSamples({ answer }: { readonly answer: SamplesAnswer }): JSX.Element {
  if (answer.total === 0 && answer.evidence.length === 0) {
    return (
      <EmptyState
        title="No texts behind this window"
        hint="Nothing generated arrived in it and nobody used the model, or its texts have expired."
      />
    );
  }
  return (
    <>
      <p class="muted small">
        {answer.examined} of {answer.total} {answer.kind === "sample" ? "generated samples" : "replies"} were
        looked at, drawn by hash of their ids.
      </p>
      <div class="behind">
        <Skeletons answer={answer} />
        <Tail answer={answer} />
      </div>
      <Evidence answer={answer} />
      <NearestPairs answer={answer} />
    </>
  );
}

function Skeletons({ answer: { skeletons, examined } }: { readonly answer: SamplesAnswer }): JSX.Element {
  return (
    <section class="card">
      <h3>Repeated skeletons</h3>
      <p class="muted small">
        Function words and signs stay, a run of other words is _, a number is &lt;N&gt;.
      </p>
      {skeletons.length === 0 ? (
        <p class="small">No skeleton of six elements is in three texts.</p>
      ) : (
        <ol class="skeletons">
          {skeletons.map(({ skeleton, texts }) => (
            <li key={skeleton}>
              <code class="foreign">{skeleton}</code>
              <span class="small muted">
                in {texts} of {examined}
              </span>
              <span class="meter" style={{ width: `${(100 * texts) / Math.max(1, examined)}%` }} />
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function Tail({ answer: { tail } }: { readonly answer: SamplesAnswer }): JSX.Element {
  return (
    <section class="card">
      <h3>Missing of the tail</h3>
      {!tail.known ? (
        <p class="small">
          The lane has no reference that says what its tail is: <code>npx plumbline reference build</code>
        </p>
      ) : (
        <>
          <p class="muted small">
            {tail.missing.length === 0
              ? `All ${tail.buckets} rare buckets of the real data were written for.`
              : `${tail.missing.length} of ${tail.buckets} rare buckets of the real data got nothing in this window:`}
          </p>
          <ul class="words">
            {tail.missing.map(({ bucket, realShare }) => (
              <li key={bucket} class="foreign" title={`${percent(realShare)} of real texts`}>
                {bucket.slice(0, 120)}
              </li>
            ))}
          </ul>
          {tail.lostWords.length > 0 && (
            <>
              <p class="muted small">Rare words that people use and no text looked at has:</p>
              <ul class="words">
                {tail.lostWords.map((word) => (
                  <li key={word} class="foreign">
                    {word.slice(0, 60)}
                  </li>
                ))}
              </ul>
            </>
          )}
        </>
      )}
    </section>
  );
}

function Evidence({ answer: { evidence, expired } }: { readonly answer: SamplesAnswer }): JSX.Element | null {
  if (evidence.length === 0 && expired.length === 0) return null;
  return (
    <section>
      <h2>Evidence the verdict names</h2>
      {expired.length > 0 && (
        <p class="small muted foreign">No longer kept, or not for every reader: {expired.join(", ")}</p>
      )}
      <div class="samples">
        {evidence.map((text) => (
          <SampleCard key={text.id} text={text} />
        ))}
      </div>
    </section>
  );
}

function NearestPairs({ answer: { neighbours } }: { readonly answer: SamplesAnswer }): JSX.Element | null {
  if (neighbours.length === 0) return null;
  return (
    <section>
      <h2>Nearest neighbours</h2>
      <p class="muted small">By what they share of three tokens in a row, which is marked.</p>
      {neighbours.map(({ similarity, left, right }) => (
        <div class="pair" key={`${left.id} ${right.id}`}>
          <p class="small">{percent(similarity)} in common</p>
          <SampleCard text={left} />
          <SampleCard text={right} />
        </div>
      ))}
    </section>
  );
}
