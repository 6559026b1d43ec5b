/**
 * What each question of docs/sql.md costs on a long history, in the embedded engine: CPU milliseconds of the process, the engine's
 * threads included, so a reader waits less on a machine with cores to spare. `COOKBOOK_WINDOW_ROWS` sets how many window values there
 * are (default 5 million; the aim of a second a question is for 100 million), samples and outcomes being a tenth of them each.
 */

import { readCookbook } from "../../services/console/people-sql/cookbook.ts";
import { METRICS } from "../../services/core/catalogue.generated.ts";
import type { Store } from "../../services/ports.ts";
import { openTestStore } from "../support/test-store.ts";
import { cpuUs } from "./timing.ts";

const WINDOW_ROWS = Number(process.env.COOKBOOK_WINDOW_ROWS ?? 5_000_000);
const ROUNDS = 3;
const LANES = 200;

/** CPU milliseconds of each round, by question. */
export async function cookbookRounds(): Promise<ReadonlyMap<string, readonly number[]>> {
  const test = await openTestStore("plumbline_cookbook");
  try {
    await fill(test.store);
    const rounds = new Map<string, number[]>();
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [i, { question, sql }] of readCookbook().entries()) {
        const fromUs = cpuUs();
        await test.store.query(sql);
        const name = `${i + 1}. ${question}`;
        rounds.set(name, [...(rounds.get(name) ?? []), (cpuUs() - fromUs) / 1_000]);
      }
    }
    return rounds;
  } finally {
    await test.close();
  }
}

export function cookbookTitle(): string {
  return `questions of docs/sql.md over ${WINDOW_ROWS.toLocaleString("en")} window values`;
}

/** Lanes in turn, the one that most questions ask for among them; a minute for each round through all of them. */
const LANE = `multiIf(number % ${LANES} = 0, 'replace', number % ${LANES} = 1, 'fresh', concat('lane-', toString(number % ${LANES})))`;
const TIME = `now64(3) - toIntervalSecond(intDiv(number, ${LANES}) % 7776000)`;

async function fill(store: Store): Promise<void> {
  const metrics = `[${METRICS.map(({ id }) => `'${id}'`).join(", ")}]`;
  const events = Math.ceil(WINDOW_ROWS / 10);
  const decisions = 20_000;
  await store.command(
    `INSERT INTO windows (lane, stage, segment, window, start_time, end_time, generation, metric, bucket, n, value, lo, hi, status, window_n, _topic, _offset, _append_time, _day)
     SELECT ${LANE}, ['candidate', 'reply'][1 + intDiv(number, ${LANES}) % 2], ['generated', 'all', 'suite:main', 'suite:long_tail', 'buckets'][1 + intDiv(number, ${LANES}) % 5],
            ['pane', 'decision', 'generation'][1 + intDiv(number, ${LANES}) % 3], ${TIME}, ${TIME} + INTERVAL 1 MINUTE, intDiv(number, ${LANES * 500}),
            ${metrics}[1 + intDiv(number, ${LANES}) % ${METRICS.length}], if(number % 3 = 0, '', concat('bucket-', toString(intDiv(number, 7) % 50))),
            500, 0.3 + (number % 700) / 1000, 0.2, 0.4, 'ok', 500, 'windows.v1', number, ${TIME}, today()
     FROM numbers(${WINDOW_ROWS})`,
  );
  await store.command(
    `INSERT INTO samples (id, event_time, lane, bucket, decision, reasons, origin, source, teacher_id, template_id, template_version, judge_id, judge_version, judge_verdict, dataset_id, dataset_version, generation_depth, _topic, _offset, _append_time, _day)
     SELECT toString(number), ${TIME}, ${LANE}, concat('bucket-', toString(intDiv(number, 7) % 50)), if(number % 9 = 0, 'quarantined', 'admitted'), if(number % 9 = 0, ['frozen'], []),
            'model_generated', 'lab/corpus', 't', 'qa', toString(number % 5), 'critic', '2', if(number % 4 = 0, 'reject', 'accept'), 'set', concat('g', toString(1 + number % 5)), 1, 'admitted.v1', number, ${TIME}, today()
     FROM numbers(${events})`,
  );
  await store.command(
    `INSERT INTO outcomes (id, event_time, lane, bucket, model_id, model_version, interaction_id, interaction_time, resolved, _topic, _offset, _append_time, _day)
     SELECT toString(number), ${TIME}, ${LANE}, concat('bucket-', toString(intDiv(number, 7) % 50)), 'm', toString(number % 4), toString(number), ${TIME} - INTERVAL 1 HOUR, number % 3 != 0, 'outcomes.v1', number, ${TIME}, today()
     FROM numbers(${events})`,
  );
  await store.command(
    `INSERT INTO texts (id, kind, lane, input, output, _topic, _offset, _append_time, _day)
     SELECT toString(number), 'interaction', ${LANE}, repeat('word ', 40), repeat('answer ', 40), 'interactions.v1', number, ${TIME}, today()
     FROM numbers(${events})`,
  );
  await store.command(
    `INSERT INTO decisions (decision_id, at, subject, lane, from_state, to_state, rule, window, window_start, window_end, revision, prev_hash, hash, _topic, _offset, _append_time, _day)
     SELECT toString(number), ${TIME}, concat('lane:', ${LANE}), ${LANE}, 'throttled', ['frozen', 'open'][1 + intDiv(number, ${LANES}) % 2], 'tail_coverage_collapse', 'decision', ${TIME}, ${TIME} + INTERVAL 1 MINUTE, number, toString(number), toString(number + 1), 'decisions.v1', number, ${TIME}, today()
     FROM numbers(${decisions})`,
  );
  await store.command(
    `INSERT INTO verdicts (lane, window, start_time, end_time, rule, verdict, metric, n, value, arithmetic, _topic, _offset, _append_time, _day)
     SELECT ${LANE}, 'decision', ${TIME}, ${TIME} + INTERVAL 1 MINUTE, if(number % 3 = 0, '', 'tail_coverage_collapse'), 'breach', 'tail_coverage', 500, 0.5, 'value < 0.7', 'verdicts.v1', number, ${TIME}, today()
     FROM numbers(${decisions * 10})`,
  );
  await store.command(
    `INSERT INTO gates (subject, lane, state, share, since, valid_until, revision, _topic, _offset, _append_time, _day)
     SELECT concat('lane:', ${LANE}), ${LANE}, 'frozen', 0, ${TIME}, now64(3), number, 'gates.v1', number, ${TIME}, today()
     FROM numbers(${decisions * 10})`,
  );
  await store.command(
    `INSERT INTO training (id, event_time, lane, kind, run_id, model_id, model_version, generation, data_dataset, data_origin, data_weight, data_samples, _topic, _offset, _append_time, _day)
     SELECT toString(number), ${TIME}, ${LANE}, 'manifest', toString(number), 'm', toString(number), number, ['set@g1'], ['model_generated'], [1], [500], 'training.v1', number, ${TIME}, today()
     FROM numbers(${decisions})`,
  );
}
