import { textWidth } from "../table.ts";

/** Words in lines of at most `columns`, each starting with `indent`. A word wider than a line has one to itself. */
export function fold(text: string, columns: number, indent = "", firstIndent = indent): string[] {
  const lines: string[] = [];
  let line = firstIndent;
  let empty = true;
  for (const word of text.split(" ")) {
    if (!empty && textWidth(line) + 1 + textWidth(word) > columns) {
      lines.push(line);
      line = indent;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  lines.push(line);
  return lines;
}

/** The line cut to `columns`, an ellipsis at its end where something is missing. */
export function cut(line: string, columns: number): string {
  if (textWidth(line) <= columns) return line;
  let kept = "";
  let width = 0;
  for (const character of line) {
    width += textWidth(character);
    if (width >= columns) break;
    kept += character;
  }
  return `${kept}…`;
}
