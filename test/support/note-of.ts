import { decodeForwardNote, FORWARD_HEADER, type ForwardNote } from "../../services/core/record-headers.ts";

/** What the gatekeeper says of a sample it passed on. @throws Error for a record that is none. */
export function noteOf(record: { readonly headers: Readonly<Record<string, string>> }): ForwardNote {
  const note = decodeForwardNote(record.headers[FORWARD_HEADER]);
  if (note === null) throw new Error(`the record has no header ${FORWARD_HEADER} of the gatekeeper's form`);
  return note;
}
