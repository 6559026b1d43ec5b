/** Controls, marks that turn or hide text, separators of lines, and halves of characters. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Text of strangers as one line that shows what it is: what cannot be seen becomes U+FFFD, and it ends with `…` where it was cut. */
export function plainText(text: string, charsMax: number): string {
  const cut = text.length > charsMax ? `${text.slice(0, charsMax - 1)}…` : text;
  return cut.replace(UNSEEN, "\uFFFD");
}
