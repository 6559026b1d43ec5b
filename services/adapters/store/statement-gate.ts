import type { StatementAnalysis } from "./chdb-engine.ts";

/** Why a statement may not run. */
export interface Refusal {
  readonly message: string;
}

/** Table functions that read nothing outside the engine. Every other one, also a future one, is refused. */
const TABLE_FUNCTIONS_ALLOWED: ReadonlySet<string> = new Set([
  "numbers",
  "numbers_mt",
  "zeros",
  "zeros_mt",
  "primes",
  "generateseries",
  "generate_series",
  "generaterandom",
  "values",
  "view",
  "viewexplain",
  "viewifpermitted",
  "null",
  "format",
  "merge",
  "mergetreeindex",
  "mergetreeprojection",
]);

/**
 * Ordinary functions that read files or reach the network. `readonly = 1` does not stop them: `SELECT file('/etc/…')`
 * answers with the file (measured on engine 26.7).
 */
const FUNCTIONS_REFUSED: ReadonlySet<string> = new Set(["file", "catboostevaluate", "reversednsquery"]);
const FUNCTION_PREFIXES_REFUSED: readonly string[] = ["ai"];

/** What a statement's syntax tree may begin with. */
const ROOTS_ALLOWED = /^(Select|Explain|Describe|Show|Exists)/;

const FUNCTION_NODE = /^ *Function (\S+)/;
const FORMAT_NODE = /^ Identifier (\S+)$/;

/**
 * First gate, on ClickHouse's own count and class of the statement: exactly one, that reads only, without credentials.
 * It stops stacked statements (which the embedded engine would run), INTO OUTFILE (which it would write, even under
 * `readonly = 1`), SET, SYSTEM, KILL and every write (ops 2.3).
 */
export function refuseByClass(analysis: StatementAnalysis): Refusal | null {
  if (analysis.statementCount > 1) return { message: "one statement at a time" };
  if (analysis.statementCount === 0 || analysis.queryClass === 4) return null;
  if (analysis.queryClass !== 0)
    return { message: "read-only: SELECT, SHOW, DESCRIBE, EXPLAIN and EXISTS only" };
  if (analysis.hasSecrets) return { message: "a statement that carries credentials is not run here" };
  return null;
}

/**
 * Second gate, on the text of `EXPLAIN AST`: one node a line, indented by depth. Refuses what `readonly = 1` lets
 * through: functions that read files, and DESCRIBE of a foreign source, which reads it to guess its columns.
 * A name in a literal or alias cannot hide a node, as control characters are printed escaped.
 *
 * `tableFunctions` are the engine's own table functions, lower case.
 */
export function refuseByTree(tree: string, tableFunctions: ReadonlySet<string>): Refusal | null {
  if (!ROOTS_ALLOWED.test(tree))
    return { message: "read-only: SELECT, SHOW, DESCRIBE, EXPLAIN and EXISTS only" };
  for (const line of tree.split("\n")) {
    const name = FUNCTION_NODE.exec(line)?.[1];
    if (name === undefined) continue;
    const lower = name.toLowerCase();
    const foreignTable = tableFunctions.has(lower) && !TABLE_FUNCTIONS_ALLOWED.has(lower);
    const foreignFunction =
      FUNCTIONS_REFUSED.has(lower) || FUNCTION_PREFIXES_REFUSED.some((prefix) => isCamel(name, prefix));
    if (foreignTable || foreignFunction) {
      return { message: `${name}() reads outside this store and is not allowed here` };
    }
  }
  return null;
}

/** `aiGenerate`, `AIGenerate`, `ai_generate`, but not `airport`. */
function isCamel(name: string, prefix: string): boolean {
  const next = name.charAt(prefix.length);
  return name.toLowerCase().startsWith(prefix) && (next === "_" || /[A-Z]/.test(next));
}

/** The format a statement names itself, from the same tree; null where it names none. */
export function formatOf(tree: string): string | null {
  if (!tree.startsWith("Select")) return null;
  let format: string | null = null;
  for (const line of tree.split("\n")) format = FORMAT_NODE.exec(line)?.[1] ?? format;
  return format;
}
