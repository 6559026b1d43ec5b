/** Aligned tables for terminals. Whatever a name holds, a row stays one line and cannot move the cursor. */

/** Characters of a cell; longer ones end in an ellipsis. */
export const CELL_CHARS_MAX = 60;
const GAP = "  ";
/** East Asian wide and fullwidth forms, and pictographs: two columns each. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
/** Controls, line separators, and marks that change direction or cannot be seen; lone surrogates. */
const UNSAFE = /[\p{Cc}\p{Cs}\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;
const COMBINING = /\p{M}/u;

export interface Column {
  readonly title: string;
  /** Default left. */
  readonly align?: "left" | "right";
}

/** The text with everything invisible or dangerous written as `\u{…}`. */
export function visible(text: string): string {
  return text.replace(UNSAFE, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** Visible text of at most `charsMax` characters. Reads no more of the text than it shows: a name may be a megabyte. */
export function clip(text: string, charsMax = CELL_CHARS_MAX): string {
  const shown: string[] = [];
  for (const character of text) {
    shown.push(...visible(character));
    if (shown.length > charsMax) return `${shown.slice(0, charsMax - 1).join("")}…`;
  }
  return shown.join("");
}

/** Columns of a terminal that a visible text takes. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += COMBINING.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

/** Lines of a table: titles, then one line a row; each row has a cell per column. No trailing blanks. */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const cells = [columns.map((column) => column.title), ...rows.map((row) => row.map((cell) => clip(cell)))];
  const widths = columns.map((_, i) => Math.max(...cells.map((row) => textWidth(row[i] ?? ""))));
  return cells.map((row) =>
    columns
      .map((column, i) => {
        const cell = row[i] ?? "";
        const fill = " ".repeat(widths[i]! - textWidth(cell));
        return column.align === "right" ? fill + cell : cell + fill;
      })
      .join(GAP)
      .trimEnd(),
  );
}
