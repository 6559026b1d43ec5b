import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { NEWER_RELEASE_ADVICE } from "../../core/state-format.ts";
import type { Store } from "../../ports.ts";
import { StoreError } from "../../ports.ts";

export interface Migration {
  readonly number: number;
  /** File name without directory. */
  readonly name: string;
  /** SHA-256 of the file, hex. */
  readonly checksum: string;
  /** In order; each ends with `;` at the end of a line in the file. */
  readonly statements: readonly string[];
}

export interface MigrationReport {
  readonly applied: readonly string[];
  readonly alreadyThere: readonly string[];
}

const FILE_NAME = /^(\d{4})_[a-z0-9_]+\.sql$/;

const CREATE_TABLE = `
CREATE TABLE IF NOT EXISTS migrations
(
    number     UInt32,
    name       String,
    checksum   String,
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = MergeTree
ORDER BY number`;

/** `infra/clickhouse/migrations` of this package, from the sources as from the compiled output. */
export function migrationsDir(): string {
  let at = import.meta.dirname;
  while (true) {
    const candidate = join(at, "infra", "clickhouse", "migrations");
    if (existsSync(candidate)) return candidate;
    const parent = dirname(at);
    if (parent === at)
      throw new StoreError("infra/clickhouse/migrations is missing from this installation", null, false);
    at = parent;
  }
}

/** Reads the numbered files of a directory, ascending. Throws on a name that is not `0001_words.sql` and on a repeated number. */
export function readMigrations(directory: string): readonly Migration[] {
  const files = readdirSync(directory)
    .filter((name) => name.endsWith(".sql"))
    .sort();
  const migrations: Migration[] = [];
  for (const name of files) {
    const number = FILE_NAME.exec(name)?.[1];
    if (number === undefined) {
      throw new StoreError(`migration ${name}: the name must be like 0001_words.sql`, null, false);
    }
    const text = readFileSync(join(directory, name), "utf8");
    if (migrations.at(-1)?.number === Number(number)) {
      throw new StoreError(
        `migrations ${migrations.at(-1)?.name} and ${name} have the same number`,
        null,
        false,
      );
    }
    migrations.push({
      number: Number(number),
      name,
      checksum: createHash("sha256").update(text).digest("hex"),
      statements: splitStatements(text),
    });
  }
  return migrations;
}

/** Cuts a file at each `;` that ends a line outside a comment; drops comment lines and what is empty. */
export function splitStatements(text: string): readonly string[] {
  const lines = text.split("\n").filter((line) => !/^\s*--/.test(line));
  return lines
    .join("\n")
    .split(/;[ \t]*(?:\n|$)/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "");
}

/**
 * Brings the store's database up to the given migrations; those already applied are left alone. A migration is
 * recorded after its last statement, and every statement can be repeated, so a crash in between is healed by the next
 * run. Throws `StoreError` naming the file where an applied one was edited or removed, or a statement fails.
 */
export async function migrate(store: Store, migrations: readonly Migration[]): Promise<MigrationReport> {
  await store.command(CREATE_TABLE);
  const rows = await store.query(
    "SELECT number, any(name) AS name, any(checksum) AS checksum FROM migrations GROUP BY number",
  );
  const known = new Map(
    rows.map((row) => [Number(row.number), { name: String(row.name), checksum: String(row.checksum) }]),
  );
  const applied: string[] = [];
  const alreadyThere: string[] = [];
  const newest = migrations.at(-1)?.number ?? 0;
  for (const [number, record] of known) {
    if (number > newest) {
      throw new StoreError(
        `the store has migration ${record.name}, this release ends with ${migrations.at(-1)?.name ?? "none"}: ${NEWER_RELEASE_ADVICE}`,
        null,
        false,
      );
    }
  }
  for (const migration of migrations) {
    const record = known.get(migration.number);
    if (record !== undefined) {
      if (record.checksum !== migration.checksum) {
        throw new StoreError(
          `migration ${migration.name} was edited after it was applied here (as ${record.name}): restore the file and put the change into a new one`,
          null,
          false,
        );
      }
      alreadyThere.push(migration.name);
      continue;
    }
    for (const [index, statement] of migration.statements.entries()) {
      try {
        await store.command(statement);
      } catch (error) {
        const code = error instanceof StoreError ? error.code : null;
        const transient = error instanceof StoreError && error.transient;
        const reason = error instanceof Error ? error.message : String(error);
        throw new StoreError(
          `migration ${migration.name}, statement ${index + 1}: ${reason}`,
          code,
          transient,
          error,
        );
      }
    }
    await store.command(
      `INSERT INTO migrations (number, name, checksum) SELECT {number:UInt32}, {name:String}, {checksum:String}`,
      { number: migration.number, name: migration.name, checksum: migration.checksum },
    );
    applied.push(migration.name);
  }
  return { applied, alreadyThere };
}
