/** The questions of docs/sql.md with their statements. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface Recipe {
  readonly question: string;
  readonly sql: string;
}

const PAGE = join("docs", "sql.md");
const HEADING = /^### \d+\. /m;
const STATEMENT = /^```sql\n([\s\S]*?)^```$/m;

/** In the order of the page. Throws where the page is missing, or a question has no statement or more than one. */
export function readCookbook(): readonly Recipe[] {
  const [, ...sections] = readFileSync(cookbookPage(), "utf8").split(HEADING);
  return sections.map((section) => {
    const question = section.slice(0, section.indexOf("\n"));
    const [, sql, ...more] = section.split(STATEMENT);
    if (sql === undefined || more.length !== 1) throw new Error(`not one statement: ${question}`);
    return { question, sql };
  });
}

function cookbookPage(): string {
  for (let at = import.meta.dirname; ; at = dirname(at)) {
    const candidate = join(at, PAGE);
    if (existsSync(candidate)) return candidate;
    if (dirname(at) === at) throw new Error(`${PAGE} is missing from this installation`);
  }
}
