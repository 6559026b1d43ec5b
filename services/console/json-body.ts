/** Bodies of POST requests. */
import type { Context } from "hono";

export type JsonBody =
  | { readonly ok: true; readonly body: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly answer: Response };

/**
 * The body as an object. Only `application/json` is read: another page's form cannot send that type, and its script may not without
 * being allowed to (CSRF). Otherwise the answer to give: 415 or 400.
 */
export async function jsonBody(context: Context): Promise<JsonBody> {
  const refuse = (error: string, status: 400 | 415): JsonBody => ({
    ok: false,
    answer: context.json({ error }, status),
  });
  const type = context.req.header("content-type") ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type))
    return refuse("send JSON (content-type application/json)", 415);
  let body: unknown;
  try {
    body = await context.req.json();
  } catch {
    return refuse("the body is not JSON", 400);
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    return refuse("the body must be an object", 400);
  }
  return { ok: true, body: body as Readonly<Record<string, unknown>> };
}
