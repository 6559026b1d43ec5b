/** Numbers of the formats in which services keep state of their own: what a newer release wrote is refused, never guessed at. */

/** What to do about it; the same words wherever a release meets the state of a newer one. */
export const NEWER_RELEASE_ADVICE =
  "a newer Plumbline wrote it. Start that release again, or a later one; nothing was read on or committed";

/** State in another format than this release reads. */
export class StateFormatError extends RangeError {
  override readonly name = "StateFormatError";
}

/** Throws `StateFormatError`, which names both formats, unless `found` is `known`. `what` begins its sentence. */
export function requireFormat(what: string, found: unknown, known: number): void {
  if (found === known) return;
  // No more of damaged bytes than their type: what stands there may be nested deeper than the stack.
  const named = typeof found === "number" ? `format ${found}` : `a format of type ${typeof found}`;
  const newer = typeof found === "number" && found > known ? `: ${NEWER_RELEASE_ADVICE}` : "";
  throw new StateFormatError(`${what} has ${named}, this release reads format ${known}${newer}`);
}
