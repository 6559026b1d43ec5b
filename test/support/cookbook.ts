/** The questions of docs/sql.md with their statements. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface Recipe {
  readonly question: string;
  readonly sql: string;
}

const PAGE = join(import.meta.dirname, "../../docs/sql.md");
const HEADING = /^### \d+\. /m;
const STATEMENT = /^```sql\n([\s\S]*?)^```$/m;

/** Throws where a question has no statement, or more than one. */
export function readCookbook(): readonly Recipe[] {
  const [, ...sections] = readFileSync(PAGE, "utf8").split(HEADING);
  return sections.map((section) => {
    const question = section.slice(0, section.indexOf("\n"));
    const [, sql, ...more] = section.split(STATEMENT);
    if (sql === undefined || more.length !== 1) throw new Error(`not one statement: ${question}`);
    return { question, sql };
  });
}
