/** The online alarms of a lane: which are new, what explains them, and the share that nothing explained. Bounded. */
import { ALL, type Catalogue } from "../catalogue.ts";
import { type Fields, JsonShape } from "../json-shape.ts";
import type { RuleResult, VerdictRecord } from "../records.ts";
import { type MetricResult, noResult, okResult } from "../result.ts";
import { wilson } from "../statistics/intervals.ts";
import { explainAlarm } from "./explain-alarm.ts";
import { type ProxyMap, proxiesOf, type Symptom, symptomName } from "./proxy-map.ts";

/** Alarms open at once; one more is not followed, and comes again while it lasts. */
export const ALARMS_OPEN_MAX = 64;
/** Latest alarms that the uncovered share is of. */
export const ALARMS_KEPT_MAX = 64;
/** Fewer alarms make no share. */
export const ALARMS_MIN = 5;
/** Conclusive windows without a breach after which an alarm is over: evidence about its threshold is one alarm, not many. */
export const CALM_WINDOWS = 3;

const shape = new JsonShape((message) => new Error(`a lane's alarms cannot be read: ${message}`));

export class AlarmBook {
  /** By name: conclusive windows in a row without a breach. */
  readonly #open = new Map<string, number>();
  /** Whether each of the latest alarms was explained, oldest first. */
  #kept: boolean[] = [];

  /**
   * Takes the verdict of one decision window. Returns what became of the alarms that are new in it, none where there are none:
   * `alarm_explained` and `proxy_lead` of each, and `uncovered_alarms`. `valuesOf` as `explainAlarm` wants it.
   */
  take(
    verdict: VerdictRecord,
    catalogue: Catalogue,
    map: ProxyMap,
    valuesOf: (series: string) => readonly (number | null)[],
  ): MetricResult[] {
    const symptoms = symptomsOf(verdict.results, catalogue);
    const fresh = [...symptoms].filter(([name]) => !this.#open.has(name));
    if (isConclusive(verdict.results, catalogue)) this.#age(symptoms);
    const results = fresh.slice(0, ALARMS_OPEN_MAX - this.#open.size).flatMap(([name, symptom]) => {
      this.#open.set(name, 0);
      const { looked, first } = explainAlarm(proxiesOf(map, verdict.lane, symptom), valuesOf);
      this.#kept = [...this.#kept, first !== null].slice(-ALARMS_KEPT_MAX);
      return [
        okResult("alarm_explained", looked, first === null ? 0 : 1, null, name),
        ...(first === null
          ? []
          : [okResult("proxy_lead", first.n, first.lead, null, `${first.series}~${name}`)]),
      ];
    });
    return results.length === 0 ? [] : [this.#uncovered(), ...results];
  }

  /** Somebody acted: what comes next is another alarm. */
  restart(): void {
    this.#open.clear();
  }

  toJson(): Fields {
    return { open: [...this.#open], kept: this.#kept.map(Number) };
  }

  /** Throws, naming the field, on anything but what `toJson` made. */
  static fromJson(json: unknown, name: string): AlarmBook {
    const fields = shape.object(json, name);
    const book = new AlarmBook();
    shape.array(fields.open, `${name} open`, (entry, at) => {
      const [alarm, calm] = shape.tuple(entry, at, 2);
      book.#open.set(shape.string(alarm, at), shape.count(calm, at));
    });
    book.#kept = shape.array(fields.kept, `${name} kept`, (entry, at) => shape.count(entry, at) > 0);
    return book;
  }

  #age(symptoms: ReadonlyMap<string, Symptom>): void {
    for (const [name, calm] of this.#open) {
      if (symptoms.has(name)) this.#open.set(name, 0);
      else if (calm + 1 >= CALM_WINDOWS) this.#open.delete(name);
      else this.#open.set(name, calm + 1);
    }
  }

  #uncovered(): MetricResult {
    const alarms = this.#kept.length;
    const uncovered = this.#kept.filter((explained) => !explained).length;
    const share = uncovered / alarms;
    if (alarms < ALARMS_MIN) return { ...noResult("uncovered_alarms", alarms, "insufficient"), value: share };
    return okResult("uncovered_alarms", alarms, share, wilson(uncovered, alarms));
  }
}

/** A window with too few texts neither raises an alarm nor ends one. */
function isConclusive(results: readonly RuleResult[], catalogue: Catalogue): boolean {
  return results.some((result) => isOnline(result, catalogue) && result.verdict !== "inconclusive");
}

/** Name of the alarm that a breach is about; null for a metric that is not online. */
export function alarmName(result: RuleResult, catalogue: Catalogue): string | null {
  return isOnline(result, catalogue) ? symptomName(symptomOf(result, catalogue)) : null;
}

function isOnline({ metric }: RuleResult, catalogue: Catalogue): boolean {
  return catalogue.byId.get(metric)?.family === "online";
}

/** What online rules breach about, by name: the smallest buckets only, and the whole where no bucket says it better. */
function symptomsOf(results: readonly RuleResult[], catalogue: Catalogue): ReadonlyMap<string, Symptom> {
  const breaches = results.filter((result) => result.verdict === "breach" && isOnline(result, catalogue));
  const all = breaches.map((result) => symptomOf(result, catalogue));
  // That online has come apart from offline is said of what another rule breaches about.
  const own = all.filter(({ apart }) => !apart);
  const chosen = own.length > 0 ? own : all;
  const buckets = chosen.map(({ bucket }) => bucket);
  const kept = chosen.filter(({ bucket, everyBucket }) => {
    if (bucket === "" && everyBucket) return !chosen.some((other) => other.bucket !== "");
    const parent = bucket.endsWith("/*") ? bucket.slice(0, -1) : null;
    return parent === null || !buckets.some((other) => other !== bucket && other.startsWith(parent));
  });
  return new Map(kept.map(({ series, bucket }) => [symptomName({ series, bucket }), { series, bucket }]));
}

function symptomOf({ metric, stage, segment, bucket }: RuleResult, catalogue: Catalogue) {
  const found = catalogue.byId.get(metric)!;
  if (found.kind !== "series") {
    return { series: `${stage}/${segment}/${metric}`, bucket, everyBucket: false, apart: false };
  }
  const ofBuckets = found.segment === "buckets";
  const users = ofBuckets && segment.includes("/") ? segment.slice(segment.indexOf("/") + 1) : ALL;
  return {
    series: `reply/${users}/online_success`,
    bucket: ofBuckets ? bucket : "",
    everyBucket: ofBuckets,
    apart: found.segment === "drift",
  };
}
