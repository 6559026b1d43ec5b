/**
 * Whether a drained run lost or doubled anything, by the oracle, which shares no code with windows and sinks: every
 * acknowledged event, what became of each sample, each window's counts and values, verdicts, the log of decisions, the store.
 */
import type { TopicName } from "../../services/core/topics.ts";
import { compareWindows } from "../oracle/compare-windows.ts";
import { compareVerdicts, decisionDifferences } from "../oracle/decision-log.ts";
import { expectedDispositions } from "../oracle/dispositions.ts";
import { type OracleRecord, oracleRecords } from "../oracle/oracle-record.ts";
import { type ExpectedPane, expectedPanes, oracleOptions } from "../oracle/pane-oracle.ts";
import { expectedStoreCounts, expectedTexts, STORE_TABLES, STORED_TEXTS_SQL } from "../oracle/store-rows.ts";
import { recorded } from "./drained.ts";
import { LOAD_TOPICS, type LoadTopic } from "./load.ts";
import type { Rig } from "./rig.ts";
import type { Figures } from "./scenario.ts";

const READ_BY_LANE = [
  "samples",
  "interactions",
  "outcomes",
  "evaluations",
  "training",
  "admitted",
  "quarantined",
  "rejected",
  "windows",
  "series",
  "verdicts",
] as const satisfies readonly TopicName[];
const READ_WHOLE = ["decisions", "gates", "commands"] as const satisfies readonly TopicName[];
const EXAMPLES_MAX = 5;

export interface ExactOptions {
  /** False where the scenario has no recorder. Default true. */
  readonly store?: boolean;
  /** Whether values of texts are worked out, too: 30 µs a text. Default true. */
  readonly texts?: boolean;
  /** Events of the loads that were written again on purpose, under the id they had. Default none. */
  readonly repeats?: Readonly<Partial<Record<LoadTopic, number>>>;
}

/**
 * Adds the figures of exactness; each must be 0. A difference is told in a note, up to five of a kind. Stops all services but
 * the recorder, since leases would go on being renewed: the last step of a scenario.
 */
export async function checkExact(rig: Rig, figures: Figures, options: ExactOptions = {}): Promise<void> {
  await rig.standStill();
  if (options.store ?? true) await recorded(rig);
  const tally = new Tally();
  const ids = new Map<string, Set<unknown>>(LOAD_TOPICS.map((topic) => [topic, new Set()]));
  const counts = new Map<string, number>();
  const stored = new Map<string, StoredCount>();
  const texts = new Set<string>();
  const policy = oracleOptions(rig.content.policy, {
    reference: rig.hasReference,
    texts: options.texts ?? true,
  });
  const panes: ExpectedPane[] = [];
  const verdicts: OracleRecord[] = [];
  const whole = await read(rig, READ_WHOLE, 0);
  countRows(whole, stored);
  tally.add("decisions and gates that do not follow", decisionDifferences(whole));
  for (let partition = 0; partition < rig.partitions; partition += 1) {
    const records = await read(rig, READ_BY_LANE, partition);
    for (const { topic, value } of records) {
      if (value === null) continue;
      counts.set(topic, (counts.get(topic) ?? 0) + 1);
      ids.get(topic)?.add(value.id);
    }
    tally.add(
      "samples with another fate than they must have",
      expectedDispositions([...records, ...whole], policy),
    );
    const expected = expectedPanes(records, policy);
    const windows = records.filter(({ topic, value }) => topic === "windows" && value !== null);
    tally.add(
      "windows that are not exact",
      compareWindows(
        expected,
        windows.map(({ value }) => value as never),
      ),
    );
    countRows(records, stored);
    for (const text of expectedTexts(records)) texts.add(text);
    // Rows of panes alone are many; verdicts are over longer windows.
    panes.push(...expected.filter(({ window }) => window !== "pane"));
    verdicts.push(...records.filter(({ topic }) => topic === "verdicts"));
  }
  tally.add("verdicts missing or doubled", compareVerdicts(panes, verdicts));
  let lost = 0;
  let doubled = 0;
  for (const topic of LOAD_TOPICS) {
    const repeats = options.repeats?.[topic] ?? 0;
    const wanted = rig.loads.reduce((sum, load) => sum + load.acknowledged[topic], 0) - repeats;
    lost += Math.max(0, wanted - ids.get(topic)!.size);
    doubled += (counts.get(topic) ?? 0) - ids.get(topic)!.size - repeats;
  }
  figures.hold("acknowledged events missing", lost, "events", "=", 0);
  figures.hold("events twice in their topics", doubled, "events", "=", 0);
  tally.tell(figures);
  if (options.store ?? true) await checkStore(rig, stored, texts.size, figures);
}

async function read(rig: Rig, topics: readonly TopicName[], partition: number): Promise<OracleRecord[]> {
  return oracleRecords(await rig.log.partition(topics, partition), rig.codec, rig.names.prefix);
}

class Tally {
  readonly #kinds = new Map<string, { count: number; examples: string[] }>();

  add(kind: string, differences: readonly string[]): void {
    const own = this.#kinds.get(kind) ?? { count: 0, examples: [] };
    own.count += differences.length;
    own.examples.push(...differences.slice(0, EXAMPLES_MAX - own.examples.length));
    this.#kinds.set(kind, own);
  }

  tell(figures: Figures): void {
    for (const [kind, { count, examples }] of this.#kinds) {
      figures.hold(kind, count, "", "=", 0);
      for (const example of examples) figures.note(`${kind}: ${example}`);
    }
  }
}

/** Rows of one table that come from one topic-partition. */
interface StoredCount {
  rows: number;
  records: number;
  offsetSum: number;
}

function countRows(records: readonly OracleRecord[], counts: Map<string, StoredCount>): void {
  for (const [table, expected] of expectedStoreCounts(records)) {
    for (const [place, rows] of expected) {
      const [topic, partition, offset] = place.split("/");
      const name = `${table} of ${topic}/${partition}`;
      const own = counts.get(name) ?? { rows: 0, records: 0, offsetSum: 0 };
      counts.set(name, {
        rows: own.rows + rows,
        records: own.records + 1,
        offsetSum: own.offsetSum + Number(offset) * rows,
      });
    }
  }
}

/** Each table holds of each topic-partition the rows it must, no offset missing, none twice. */
async function checkStore(
  rig: Rig,
  wanted: Map<string, StoredCount>,
  texts: number,
  figures: Figures,
): Promise<void> {
  let lost = 0;
  let doubled = 0;
  const found = new Map<string, StoredCount>();
  for (const table of STORE_TABLES) {
    const rows = await rig.sql(
      `SELECT _topic AS topic, toUInt32(_partition) AS partition, toFloat64(count()) AS rows,
              toFloat64(uniqExact(_offset)) AS records, toFloat64(sum(_offset)) AS offset_sum
       FROM ${table} GROUP BY topic, partition`,
    );
    for (const row of rows) {
      const name = `${table} of ${rig.names.short(String(row.topic))}/${Number(row.partition)}`;
      found.set(name, {
        rows: Number(row.rows),
        records: Number(row.records),
        offsetSum: Number(row.offset_sum),
      });
    }
  }
  for (const name of new Set([...wanted.keys(), ...found.keys()])) {
    const must = wanted.get(name) ?? { rows: 0, records: 0, offsetSum: 0 };
    const has = found.get(name) ?? { rows: 0, records: 0, offsetSum: 0 };
    const less = Math.max(0, must.rows - has.rows);
    const more = Math.max(0, has.rows - must.rows);
    const mixed = less + more === 0 && (must.records !== has.records || must.offsetSum !== has.offsetSum);
    lost += mixed ? 1 : less;
    doubled += mixed ? 1 : more;
    if (less + more > 0 || mixed) {
      figures.note(
        `${name}: ${has.rows} rows of ${has.records} records, expected ${must.rows} of ${must.records}`,
      );
    }
  }
  figures.hold("rows missing in the store", lost, "rows", "=", 0);
  figures.hold("rows twice in the store", doubled, "rows", "=", 0);
  const [kept] = await rig.sql(STORED_TEXTS_SQL);
  figures.hold("texts in the store, less those expected", Number(kept?.texts) - texts, "texts", "=", 0);
}
