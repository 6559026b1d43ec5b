/** Asking the console's API. */
import { useEffect, useRef, useState } from "preact/hooks";
import { hrefOf } from "./router.tsx";

export type Query = Readonly<Record<string, string | number | null>>;

/** What a page knows of an answer. While a newer one is on its way the last one stays. */
export type Answer<T> =
  | { readonly state: "waiting" }
  | { readonly state: "there"; readonly value: T; readonly stale: boolean }
  | { readonly state: "failed"; readonly message: string; readonly status: number };

export class AnswerError extends Error {
  override readonly name = "AnswerError";
  /** 0 where nobody answered. */
  readonly status: number;
  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** GET of JSON. Throws `AnswerError` with what the console says. */
export async function getAnswer<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  return await answered<T>(fetch(hrefOf(path, query), { signal: signal ?? null }));
}

/** POST of JSON. Throws `AnswerError` with what the console says. */
export async function postAnswer<T>(path: string, body: unknown): Promise<T> {
  return await answered<T>(
    fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    }),
  );
}

async function answered<T>(asked: Promise<Response>): Promise<T> {
  let response: Response;
  try {
    response = await asked;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new AnswerError("the console does not answer; is the run still up?", 0);
  }
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body as T;
  const said = (body as { readonly error?: unknown } | null)?.error;
  throw new AnswerError(typeof said === "string" ? said : `status ${response.status}`, response.status);
}

/**
 * The answer to a question, asked again when question or `version` change (a live event raises the version). A null path asks
 * nothing.
 */
export function useAnswer<T>(path: string | null, query: Query = {}, version = 0): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T>>({ state: "waiting" });
  const question = path === null ? null : hrefOf(path, query);
  const asked = useRef<string | null>(null);
  useEffect(() => {
    if (question === null) return;
    const other = asked.current !== question;
    asked.current = question;
    setAnswer((known) =>
      known.state === "there" && !other ? { ...known, stale: true } : { state: "waiting" },
    );
    const controller = new AbortController();
    getAnswer<T>(question, {}, controller.signal).then(
      (value) => setAnswer({ state: "there", value, stale: false }),
      (error: unknown) => {
        if (controller.signal.aborted) return;
        const known = error instanceof AnswerError ? error : new AnswerError(String(error), 0);
        setAnswer({ state: "failed", message: known.message, status: known.status });
      },
    );
    return () => controller.abort();
  }, [question, version]);
  return answer;
}
