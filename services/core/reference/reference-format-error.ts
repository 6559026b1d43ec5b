/** Bytes that are no reference. The message says what is wrong with them; the caller adds which file or lane. */
export class ReferenceFormatError extends Error {
  override readonly name = "ReferenceFormatError";
}
