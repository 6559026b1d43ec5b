/** Declared phrases as history finds them in texts: by the same tokens as the metrics, spelled with spaces between. */
import { isUnspaced, normalise, referenceTokens } from "../../core/tokenise-reference.ts";

/** What a text is cut into by normaliser N1, scripts without spaces apart, as ClickHouse's `extractAll` reads it. */
export const TOKEN_EXPRESSION = "[\\p{L}\\p{M}']+|\\p{N}+(?:[.,]\\p{N}+)*|[^\\s\\p{L}\\p{N}]";

export interface Needles {
  /** In the spelled text: ` not covered `. */
  readonly spelled: readonly string[];
  /** In the text as it is, normalised: phrases of scripts without spaces. */
  readonly plain: readonly string[];
}

/** Both kinds of apostrophe, as the metrics meet them. */
export function needlesOf(phrases: readonly string[]): Needles {
  const spellings = phrases.flatMap((phrase) => [
    phrase.replaceAll("\u2019", "'"),
    phrase.replaceAll("'", "\u2019"),
  ]);
  const spelled = new Set<string>();
  const plain = new Set<string>();
  for (const phrase of spellings) {
    if ([...normalise(phrase)].some(isUnspaced)) plain.add(normalise(phrase).trim());
    else
      spelled.add(
        ` ${referenceTokens(phrase)
          .map(({ token }) => token)
          .join(" ")} `,
      );
  }
  return { spelled: [...spelled], plain: [...plain] };
}

/** An array of texts as SQL. */
export function sqlTexts(texts: readonly string[]): string {
  const quoted = texts.map((text) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`);
  // An array without a type would be none of texts.
  return `CAST([${quoted.join(", ")}], 'Array(String)')`;
}
