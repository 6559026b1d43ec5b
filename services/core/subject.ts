/** What a gate can hold, as people write it: kind, colon, name. */

export const SUBJECT_KINDS = [
  "lane",
  "template",
  "teacher",
  "judge",
  "model",
  "source",
  "dataset",
  "mixture",
] as const;

/** Whether a text names a subject: a known kind, a colon and a name of at least one character, e.g. `template:qa@3`. */
export function isSubject(text: string): boolean {
  const kind = SUBJECT_KINDS.find((known) => text.startsWith(`${known}:`));
  return kind !== undefined && text.length > kind.length + 1;
}

/** The lane that a subject is itself; null for a part of a lane, which can live in several. */
export function laneOfSubject(subject: string): string | null {
  return subject.startsWith("lane:") ? subject.slice("lane:".length) : null;
}
