/** Pages that stand alone: no scripts, nothing loaded, light or dark as the reader's system, and they print. */
import { escapeHtml } from "./escape-html.ts";

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2530; --soft: #5b6673; --line: #d5dbe1; --paper: #fff; --mark: #1660b8; --warm: #9a4708; --good: #1c7a4a; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7ebef; --soft: #a3adb8; --line: #3a4450; --paper: #14191f; --mark: #74aef0; --warm: #f0a35e; --good: #6ccb98; --bad: #f2877f; } }
body { background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2.2rem; }
h1, h2, h3, p, li { overflow-wrap: anywhere; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; margin: .8rem 0; }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .8rem .25rem 0; text-align: left; vertical-align: top; }
td { max-width: 22em; overflow-wrap: break-word; }
th { color: var(--soft); font-weight: 500; }
svg { width: 100%; max-width: 40rem; height: auto; display: block; }
.pass { color: var(--good); } .inconclusive { color: var(--warm); } .breach { color: var(--bad); }
.soft { color: var(--soft); }
.grid { stroke: var(--line); } .tick { fill: var(--soft); font: 12px system-ui, sans-serif; }
@media print {
  :root { color-scheme: light; --ink: #000; --soft: #444; --line: #bbb; --paper: #fff; --mark: #1660b8; --warm: #9a4708; --good: #1c7a4a; --bad: #b3261e; }
  body { margin: 0; max-width: none; font-size: 11px; } .scroll { overflow: visible; }
  h2, h3 { break-after: avoid; } svg, tr, figure, article { break-inside: avoid; }
}
`;

/** The whole document. `title` may hold anything; `style` and `body` are markup of ours. */
export function htmlPage(title: string, style: string, body: readonly string[]): string {
  return [
    "<!doctype html>",
    '<html lang="en">',
    `<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)}</title><style>${STYLE}${style}</style></head>`,
    "<body>",
    "<main>",
    ...body,
    "</main>",
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

/** A table that scrolls by itself where it is too wide, also by the keyboard. Cells may hold anything; `label` names it. */
export function htmlTable(
  label: string,
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  classes: readonly string[] = [],
): string {
  const line = (cells: readonly string[], tag: string, name = ""): string =>
    `<tr${name === "" ? "" : ` class="${name}"`}>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join("")}</tr>`;
  const body = rows.map((row, i) => line(row, "td", classes[i] ?? "")).join("\n");
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(label)}"><table><thead>${line(titles, "th")}</thead><tbody>\n${body}\n</tbody></table></div>`;
}
