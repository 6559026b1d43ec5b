import { StoreError } from "../../ports.ts";

/** An insert above this is refused: batches are split before they come here (ops 2.4). */
const INSERT_BYTES_MAX = 32 * 1024 * 1024;

export function refuseLargeInsert(table: string, bytes: Uint8Array): void {
  if (bytes.byteLength <= INSERT_BYTES_MAX) return;
  throw new StoreError(
    `insert into ${table}: ${bytes.byteLength} bytes, at most ${INSERT_BYTES_MAX}`,
    null,
    false,
  );
}

/** Makes one insert one block: nothing is parsed in parallel pieces, no block is cut by rows. */
const INSERT_SETTINGS: Readonly<Record<string, number>> = {
  async_insert: 0,
  input_format_parallel_parsing: 0,
  max_insert_block_size: 10_000_000,
  min_insert_block_size_rows: 0,
  min_insert_block_size_bytes: 0,
  // A misspelt column or a null in a column that has none is an error here, never a silent default.
  input_format_skip_unknown_fields: 0,
  input_format_null_as_default: 0,
};

/** The settings of one insert; a token makes a repeated attempt of the same rows count once. */
export function insertSettings(token: string | undefined): Record<string, string | number> {
  return token === undefined
    ? { ...INSERT_SETTINGS }
    : { ...INSERT_SETTINGS, insert_deduplication_token: token };
}
