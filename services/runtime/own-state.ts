/** Records that services keep for themselves. */
import type { Codec, ReadRecordOf } from "../adapters/avro/codec.ts";
import { NEWER_RELEASE_ADVICE, StateFormatError } from "../core/state-format.ts";

/**
 * Decodes one. Throws where it cannot be read, naming its key: a service does not start on half its state. Throws
 * `StateFormatError` where its schema is one that this release does not have.
 */
export function decodeOwnState<T extends "state" | "panes">(
  codec: Pick<Codec, "decodeGeneric" | "wireId">,
  topic: T,
  key: string,
  value: Uint8Array,
): ReadRecordOf<T> {
  const decoded = codec.decodeGeneric(topic, value);
  if (decoded.ok) return decoded.record;
  const what = `the record ${key} of ${topic} cannot be read: ${decoded.detail}`;
  if (decoded.code !== "schema_unknown") throw new Error(what);
  throw new StateFormatError(`${what}; this release writes ${codec.wireId(topic)}: ${NEWER_RELEASE_ADVICE}`);
}
