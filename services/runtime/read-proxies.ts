/** The proxy map of the lanes file: every series it names is one that windows can have. */
import { ALL, type Catalogue, GENERATED, suiteSegment, userSegment } from "../core/catalogue.ts";
import { isLaneName, LANE_CHARS_MAX } from "../core/lane-name.ts";
import {
  PROXIES_MAX,
  PROXY_ENTRIES_MAX,
  PROXY_LAG_MAX,
  type ProxyEntry,
  type ProxyMap,
  type ProxySeries,
} from "../core/proxy/proxy-map.ts";
import { STAGES, type Stage } from "../core/sample.ts";
import { isSeries } from "../core/series/offline-online.ts";
import { allowedValues } from "./nearest.ts";
import { isValue, type YamlField, type YamlFile } from "./yaml-file.ts";

const SERIES_CHARS_MAX = 200;
const BUCKET_CHARS_MAX = 300;
/** Stands for the name of a suite or of a segment of users. */
const ANY = "<name>";

/** undefined where the file has no map. */
export function readProxies(
  file: YamlFile,
  field: YamlField | undefined,
  catalogue: Catalogue,
): ProxyMap | undefined {
  if (field === undefined) return undefined;
  const lineOf = new Map<string, number>();
  return (file.items(field, PROXY_ENTRIES_MAX) ?? []).flatMap((item) => {
    const entry = readEntry(file, item, catalogue);
    if (entry === undefined) return [];
    const name = JSON.stringify([entry.lane, entry.symptom, entry.bucket]);
    const first = lineOf.get(name);
    if (first !== undefined) {
      file.report(item.line, `${item.name}: line ${first} maps the same symptom; put its proxies together`);
    }
    lineOf.set(name, item.line);
    return [entry];
  });
}

function readEntry(file: YamlFile, item: YamlField, catalogue: Catalogue): ProxyEntry | undefined {
  const fields = file.fields(item, ["symptom", "proxies"], ["lane", "bucket"]);
  const symptom = readSeries(file, fields?.get("symptom"), symptomsIn(catalogue));
  const lane = readLane(file, fields?.get("lane"));
  const bucket = readBucket(file, fields?.get("bucket"));
  const seen = new Set<string>();
  const proxies = (file.items(fields?.get("proxies"), PROXIES_MAX) ?? []).flatMap((own) => {
    const proxy = readProxy(file, own, catalogue);
    if (proxy === undefined) return [];
    if (seen.has(proxy.series)) file.report(own.line, `${own.name}: ${proxy.series} is listed twice`);
    seen.add(proxy.series);
    return [proxy];
  });
  return symptom === undefined ? undefined : { lane, symptom, bucket, proxies };
}

function readProxy(file: YamlFile, item: YamlField, catalogue: Catalogue): ProxySeries | undefined {
  const fields = file.fields(item, ["series", "moves", "lagMax"], ["lagMin"]);
  const series = readSeries(file, fields?.get("series"), offlineIn(catalogue));
  const moves = file.oneOf(fields?.get("moves"), ["up", "down"]);
  const lagMin = file.integer(fields?.get("lagMin"), 0, PROXY_LAG_MAX) ?? 0;
  const lagMax = file.integer(fields?.get("lagMax"), 0, PROXY_LAG_MAX);
  if (fields === undefined || series === undefined || moves === undefined || lagMax === undefined)
    return undefined;
  if (lagMax < lagMin) file.report(item.line, `${item.name}: lagMax is smaller than lagMin`);
  return { series, moves, lagMin, lagMax };
}

function readLane(file: YamlFile, field: YamlField | undefined): string | null {
  const lane = file.text(field, LANE_CHARS_MAX);
  if (field !== undefined && lane !== undefined && !isLaneName(lane)) {
    file.report(field.line, `${field.name} is no name of a lane`);
  }
  return lane ?? null;
}

/** An empty text is the whole. */
function readBucket(file: YamlFile, field: YamlField | undefined): string | null {
  if (field === undefined) return null;
  return isValue(field, "") ? "" : (file.text(field, BUCKET_CHARS_MAX) ?? null);
}

/** A series that is never kept would make every alarm uncovered, silently. */
function readSeries(
  file: YamlFile,
  field: YamlField | undefined,
  allowed: readonly string[],
): string | undefined {
  const series = file.text(field, SERIES_CHARS_MAX);
  if (field === undefined || series === undefined) return undefined;
  const known = series.replace(/^(reply\/(?:suite|user):)[^/]+\//, `$1${ANY}/`);
  if (allowed.includes(known)) return series;
  file.report(field.line, `${field.name} is ${JSON.stringify(series)}; ${allowedValues(series, allowed)}`);
  return undefined;
}

/** What users get, or those of one segment: counted online metrics of replies. */
function symptomsIn(catalogue: Catalogue): readonly string[] {
  return [ALL, userSegment(ANY)].flatMap((segment) =>
    catalogue
      .plan("reply", segment)
      .counts.filter(({ family }) => family === "online")
      .map(({ id }) => `reply/${segment}/${id}`),
  );
}

function offlineIn(catalogue: Catalogue): readonly string[] {
  return STAGES.flatMap((stage: Stage) =>
    [ALL, GENERATED, suiteSegment(ANY)].flatMap((segment) => {
      const plan = catalogue.plan(stage, segment);
      return [...plan.counts, ...plan.samples]
        .filter(({ id, family }) => family !== "online" && isSeries({ stage, segment }, catalogue, id))
        .map(({ id }) => `${stage}/${segment}/${id}`);
    }),
  );
}
