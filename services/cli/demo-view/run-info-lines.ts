/** Where a run is reached, and what to type into another terminal. */
import { relative, resolve } from "node:path";
import { topicName } from "../../core/topics.ts";
import type { Io } from "../io.ts";
import { seconds } from "./figures.ts";
import { fold } from "./fold.ts";

/** What the view is told once the services are up. */
export interface UpInfo {
  readonly startMs: number;
  readonly bootstrap: string;
  readonly sqlUrl: string;
  /** "" where it did not start. */
  readonly consoleUrl: string;
  readonly home: string;
  readonly prefix: string;
  readonly metricsUrls: Readonly<Record<string, string>>;
}

const NAME_WIDTH = 9;

/** At most 12 lines: addresses, data, how to stop. */
export function upLines(info: UpInfo): string[] {
  const rows: (readonly [string, string])[] = [
    ...(info.consoleUrl === "" ? [] : [["console", info.consoleUrl] as const]),
    ["kafka", `${info.bootstrap}, topics ${topicName(info.prefix, "samples")} …`],
    ["sql", info.sqlUrl === "" ? "your ClickHouse server" : `${info.sqlUrl} (embedded, read only)`],
    ...Object.entries(info.metricsUrls).map(
      ([service, url], i) => [i === 0 ? "metrics" : "", `${service.padEnd(11)} ${url}/metrics`] as const,
    ),
    ["data", info.home],
    ["stop", "Ctrl-C"],
  ];
  return [
    `Plumbline is up (${seconds(info.startMs)})`,
    ...rows.map(([name, value]) => `  ${name.padEnd(NAME_WIDTH)}${value}`),
  ];
}

/**
 * Questions to the history, as clauses in order; of this run alone, since one store keeps all of them. `sample` is the id of
 * a text worth reading.
 */
export function demoQueries(prefix: string, sample: string | null): string[][] {
  const values = [
    "SELECT lane, generation, round(value, 3) AS coverage, round(z, 1) AS sigmas",
    `FROM windows WHERE _topic = '${topicName(prefix, "windows")}'`,
    "AND window = 'generation' AND metric = 'tail_coverage'",
    "AND stage = 'candidate' AND segment = 'generated'",
    "ORDER BY lane, generation",
  ];
  const decisions = [
    "SELECT lane, generation, from_state, to_state, rule, actor, cause",
    `FROM decisions WHERE _topic = '${topicName(prefix, "decisions")}' ORDER BY revision`,
  ];
  if (sample === null) return [values, decisions];
  const text = [
    `SELECT output FROM texts WHERE id = '${sample}'`,
    `AND startsWith(_topic, '${prefix}') LIMIT 1`,
  ];
  return [values, decisions, text];
}

/** What to type next. Long statements go on in the next line, which a shell takes as they stand. */
export function nextLines(info: UpInfo, sample: string | null, columns: number, io: Io): string[] {
  const home = homeOption(info.home, io);
  const plumbline = `  npx plumbline${home}`;
  const monitor = info.metricsUrls.monitor ?? Object.values(info.metricsUrls)[0];
  const lines = ["What to type next, in another terminal"];
  lines.push(`${plumbline} status`, `${plumbline} gate list`);
  for (const query of demoQueries(info.prefix, sample)) {
    lines.push(`${plumbline} sql "`, ...query.flatMap((clause) => fold(clause, columns - 1, "    ")));
    lines.push(`${lines.pop()}"`);
  }
  lines.push(`${plumbline} replay`);
  if (monitor !== undefined) lines.push(`  curl -s ${monitor}/metrics | grep plumbline_window_value`);
  lines.push(...fold(`Ctrl-C stops everything; the data stay in ${info.home}`, columns));
  return lines;
}

/** Nothing where other commands find the run by themselves. */
function homeOption(home: string, io: Io): string {
  const usual = resolve(io.cwd, io.env.PLUMBLINE_HOME || ".plumbline");
  if (usual === resolve(io.cwd, home)) return "";
  const short = relative(io.cwd, home);
  const path = short !== "" && short.length < home.length ? short : home;
  return ` --home ${/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`}`;
}
