/**
 * Header text as every adapter sends it: with U+FFFD in place of NUL, because the native client passes
 * headers as C strings and would cut them there.
 */
export function wireText(text: string): string {
  return text.includes("\0") ? text.replaceAll("\0", "\uFFFD") : text;
}
