/** What the SQL page asks and is told. */

/** Rows of a result that a page shows; the CSV download has them all. */
export const SQL_ROWS_SHOWN_MAX = 1_000;
/** Characters of one cell that a page is given. */
export const SQL_CELL_CHARS_MAX = 2_000;

export interface SqlColumn {
  readonly name: string;
  /** ClickHouse's name of it. */
  readonly type: string;
}

/** null, number, text or truth; arrays, maps and tuples as JSON text. */
export type SqlCell = null | number | string | boolean;

export type SqlAnswer =
  | {
      readonly kind: "rows";
      readonly columns: readonly SqlColumn[];
      readonly rows: readonly (readonly SqlCell[])[];
      /** There were more than are given. */
      readonly more: boolean;
      readonly elapsedMs: number;
    }
  /** Of a statement that names a format of its own. */
  | { readonly kind: "text"; readonly text: string; readonly more: boolean; readonly elapsedMs: number };

export interface SchemaTable {
  readonly name: string;
  readonly kind: "table" | "view";
  readonly columns: readonly (SqlColumn & { readonly comment: string })[];
}

export interface SchemaAnswer {
  /** By name. */
  readonly tables: readonly SchemaTable[];
}

export interface ExamplesAnswer {
  readonly examples: readonly { readonly question: string; readonly sql: string }[];
}
