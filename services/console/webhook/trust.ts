/** Who may send: a bearer token, Grafana's signature, or, where that was said in so many words, anybody on this machine. */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Sender } from "./notification.ts";

export interface WebhookTrust {
  /** File with the token that senders show as `Authorization: Bearer …`; null for none. */
  readonly tokenFile: string | null;
  /** File with the secret that Grafana signs with; null for none. Where there is one, Grafana must sign. */
  readonly secretFile: string | null;
  /** True: without either of them, requests from the loopback address are believed. */
  readonly openOnLoopback: boolean;
}

/** What a request shows of its sender. */
export interface Shown {
  header(name: string): string | undefined;
  /** Address of the other end of the connection; "" where it is not known. */
  readonly peer: string;
}

/** Shorter ones can be guessed. */
export const SECRET_CHARS_MIN = 16;
export const SIGNATURE_HEADER = "x-grafana-alerting-signature";
export const TIMESTAMP_HEADER = "x-grafana-alerting-timestamp";
/** A signed request is believed for so long, and its clock may be so far ahead. */
export const SIGNATURE_AGE_MS_MAX = 300_000;

const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;
const SIGNATURE = /^[0-9a-f]{64}$/i;
const TIMESTAMP_SECONDS = /^\d{1,12}$/;

/** A request that is not believed, in words for whoever set it up. They say nothing of the secret. */
export type Distrust = string;

/** Before the body is read: what is missing or wrong already; null to go on. Throws where a file cannot be used. */
export async function distrustsHead(
  sender: Sender,
  trust: WebhookTrust,
  shown: Shown,
): Promise<Distrust | null> {
  if (sender === "grafana" && trust.secretFile !== null) {
    return SIGNATURE.test(shown.header(SIGNATURE_HEADER) ?? "")
      ? null
      : `the header ${SIGNATURE_HEADER} is missing or no HMAC-SHA256 in hex`;
  }
  if (trust.tokenFile !== null) {
    const given = /^Bearer (\S+)$/i.exec(shown.header("authorization") ?? "")?.[1];
    if (given === undefined) return "there is no bearer token";
    return isSame(given, await readSecret(trust.tokenFile)) ? null : "the bearer token is another one";
  }
  if (!trust.openOnLoopback) {
    return "webhooks are not connected: set PLUMBLINE_WEBHOOK_TOKEN_FILE, or PLUMBLINE_WEBHOOK_SECRET_FILE for Grafana";
  }
  // A proxy on this machine speaks for strangers, and a browser here for any page it shows.
  const forwarded = ["forwarded", "x-forwarded-for", "origin"].some(
    (name) => shown.header(name) !== undefined,
  );
  if (forwarded || !LOOPBACK.test(shown.peer))
    return "without a token only programs on this machine may send";
  return null;
}

/** With the body: whether what Grafana signed is what came, and recently; null to go on. Throws where the file cannot be used. */
export async function distrustsBody(
  sender: Sender,
  trust: WebhookTrust,
  shown: Shown,
  body: Uint8Array,
  nowMs: number,
): Promise<Distrust | null> {
  if (sender !== "grafana" || trust.secretFile === null) return null;
  const timestamp = shown.header(TIMESTAMP_HEADER);
  if (timestamp !== undefined) {
    const ageMs = nowMs - Number(timestamp) * 1_000;
    if (!TIMESTAMP_SECONDS.test(timestamp)) return `the header ${TIMESTAMP_HEADER} is no time in seconds`;
    if (Math.abs(ageMs) > SIGNATURE_AGE_MS_MAX) return "the signature is not of the last five minutes";
  }
  const hmac = createHmac("sha256", await readSecret(trust.secretFile));
  if (timestamp !== undefined) hmac.update(`${timestamp}:`);
  const expected = hmac.update(body).digest("hex");
  const given = (shown.header(SIGNATURE_HEADER) ?? "").toLowerCase();
  return isSame(given, expected) ? null : "the signature is not of this body and this secret";
}

/** Compares hashes, which are of one length: time tells nothing of the secret. */
function isSame(given: string, expected: string): boolean {
  const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(given), hash(expected));
}

/** Read each time, so that a new one counts at once. */
async function readSecret(path: string): Promise<string> {
  const text = (await readFile(path, "utf8")).trim();
  if (text.length < SECRET_CHARS_MIN) {
    throw new Error(`${path} holds fewer than ${SECRET_CHARS_MIN} characters`);
  }
  return text;
}
