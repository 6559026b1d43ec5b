/** Lanes and their policies from their file. A lane names what differs from `defaults`; everything else it inherits. */
import type { Catalogue } from "../core/catalogue.ts";
import { isLaneName, LANE_CHARS_MAX } from "../core/lane-name.ts";
import {
  FIXED_WINDOW_MS,
  type FixedWindowKind,
  type LanePolicy,
  type Policy,
  SUITES_EXPECTED,
  type SuiteExpectation,
} from "../core/policy.ts";
import { ORIGINS, type Origin, SUITES, type SuiteName } from "../core/sample.ts";
import { formatDuration } from "./duration.ts";
import { listOf } from "./read-list.ts";
import { readProxies } from "./read-proxies.ts";
import { REGISTRY_KEYS, readRegistry } from "./read-registry.ts";
import { isValue, type YamlField, type YamlFile } from "./yaml-file.ts";

/** The policy of lanes nobody declared. */
export const DEFAULT_LANE = "*";
/** Lanes of one partition: windows of all of them are held at once. */
export const LANES_MAX_MAX = 10_000;
export const APPROVERS_MAX = 64;
const NAME_CHARS_MAX = 128;
const PROBATION_STEPS_MAX = 16;
const DAY_MS = 86_400_000;

const POLICY_KEYS = ["paneMs", "latenessMs", "windows", "lanesMax", "defaults", "lanes"];
const LANE_KEYS = [
  "owner",
  "enforce",
  "realOrigins",
  "decisionTextsMin",
  "decisionMs",
  "decisionMsMax",
  "idleMs",
  "leaseMs",
  "staleGate",
  "throttleShare",
  "probationShares",
  "resumeCleanWindows",
  "relaxCleanWindows",
  "approvers",
] as const;
/** What no lane needs to say, `defaults` neither. */
const OPTIONAL_LANE_KEYS = ["userSegments", "controlSegments", "suites"] as const;
const ANY_LANE_KEYS = [...LANE_KEYS, ...OPTIONAL_LANE_KEYS];
/** Segments of users that have rows of their own. */
export const SEGMENTS_MAX = 16;
const SUITES_KEYS = ["required", "anyOf", "within", "itemAgeMax"];

/** What the file says; whole only where it has no problems. */
export function readLanes(file: YamlFile, catalogue: Catalogue): Omit<Policy, "version"> {
  const fields = file.fields(file.root, POLICY_KEYS, ["proxies", ...REGISTRY_KEYS]);
  const paneMs = file.durationMs(fields?.get("paneMs"), 1_000, 3_600_000) ?? 0;
  const latenessMs = file.durationMs(fields?.get("latenessMs"), 0, 3_600_000) ?? 0;
  const windows = readWindows(file, fields?.get("windows"), paneMs);
  const lanesMax = file.integer(fields?.get("lanesMax"), 1, LANES_MAX_MAX) ?? 0;
  const defaultsField = fields?.get("defaults");
  const defaultsFields =
    defaultsField === undefined ? undefined : file.fields(defaultsField, LANE_KEYS, OPTIONAL_LANE_KEYS);
  const defaults = { ...readLane(file, defaultsFields), lane: DEFAULT_LANE } as LanePolicy;
  if (defaultsField !== undefined) checkLane(file, defaultsField, defaults, paneMs);
  const lanes: LanePolicy[] = [];
  const lineOfLane = new Map<string, number>();
  for (const item of file.items(fields?.get("lanes"), lanesMax) ?? []) {
    const laneFields = file.fields(item, ["lane"], ANY_LANE_KEYS);
    const lane = readLaneName(file, laneFields?.get("lane"), lineOfLane);
    const policy = { ...defaults, ...readLane(file, laneFields), lane: lane ?? "" };
    checkLane(file, item, policy, paneMs);
    lanes.push(policy);
  }
  lanes.sort((a, b) => (a.lane < b.lane ? -1 : 1));
  const policy = { paneMs, latenessMs, windows, lanesMax, defaults, lanes };
  const proxies = readProxies(file, fields?.get("proxies"), catalogue);
  const registry = readRegistry(file, fields);
  // A file without a section has the version it had before there were such sections.
  return {
    ...policy,
    ...(proxies === undefined ? {} : { proxies }),
    ...(registry === undefined ? {} : { registry }),
  };
}

function readWindows(
  file: YamlFile,
  field: YamlField | undefined,
  paneMs: number,
): readonly FixedWindowKind[] {
  const kinds = Object.keys(FIXED_WINDOW_MS) as FixedWindowKind[];
  const found = listOf(file, field, kinds.length, (item) => {
    const kind = file.oneOf(item, kinds);
    if (kind !== undefined && paneMs > 0 && FIXED_WINDOW_MS[kind] % paneMs !== 0) {
      file.report(item.line, `${item.name}: ${kind} is not a multiple of paneMs (${formatDuration(paneMs)})`);
    }
    return kind;
  });
  return found ?? [];
}

function readLaneName(
  file: YamlFile,
  field: YamlField | undefined,
  lineOfLane: Map<string, number>,
): string | undefined {
  const lane = file.text(field, LANE_CHARS_MAX);
  if (field === undefined || lane === undefined) return undefined;
  if (!isLaneName(lane)) {
    file.report(
      field.line,
      `${field.name} must be 1 to ${LANE_CHARS_MAX} printable characters and not start with __`,
    );
    return undefined;
  }
  const first = lineOfLane.get(lane);
  if (first !== undefined) {
    file.report(field.line, `${field.name}: lane ${JSON.stringify(lane)} is declared on line ${first}, too`);
  }
  lineOfLane.set(lane, field.line);
  return lane;
}

/** The keys that are there and can be read. */
function readLane(
  file: YamlFile,
  fields: ReadonlyMap<string, YamlField> | undefined,
): Partial<Omit<LanePolicy, "lane">> {
  const at = (key: keyof Omit<LanePolicy, "lane">): YamlField | undefined => fields?.get(key);
  const read: { readonly [K in keyof Omit<LanePolicy, "lane">]: LanePolicy[K] | undefined } = {
    owner: file.text(at("owner")),
    enforce: file.boolean(at("enforce")),
    realOrigins: readOrigins(file, at("realOrigins")),
    decisionTextsMin: file.integer(at("decisionTextsMin"), 1, 1_000_000),
    decisionMs: file.durationMs(at("decisionMs"), 1_000, DAY_MS),
    decisionMsMax: file.durationMs(at("decisionMsMax"), 1_000, 14 * DAY_MS),
    idleMs: readIdleMs(file, at("idleMs")),
    leaseMs: file.durationMs(at("leaseMs"), 1_000, DAY_MS),
    staleGate: file.oneOf(at("staleGate"), ["hold", "open", "freeze"]),
    throttleShare: file.number(at("throttleShare"), 0, 1),
    probationShares: readProbationShares(file, at("probationShares")),
    resumeCleanWindows: file.integer(at("resumeCleanWindows"), 1, 1_000),
    relaxCleanWindows: file.integer(at("relaxCleanWindows"), 1, 1_000),
    approvers: readNames(file, at("approvers"), APPROVERS_MAX),
    userSegments: readNames(file, at("userSegments"), SEGMENTS_MAX),
    controlSegments: readNames(file, at("controlSegments"), SEGMENTS_MAX),
    suites: readSuites(file, at("suites")),
  };
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined));
}

function readOrigins(file: YamlFile, field: YamlField | undefined): readonly Origin[] | undefined {
  return listOf(file, field, ORIGINS.length, (item) => file.oneOf(item, ORIGINS));
}

/** `off`, or null: silent partitions are never ticked on. */
function readIdleMs(file: YamlFile, field: YamlField | undefined): number | null | undefined {
  if (field !== undefined && (isValue(field, "off") || isValue(field, null))) return null;
  return file.durationMs(field, 1_000, DAY_MS);
}

function readProbationShares(file: YamlFile, field: YamlField | undefined): readonly number[] | undefined {
  const shares = listOf(file, field, PROBATION_STEPS_MAX, (item) => file.number(item, 0, 1));
  if (field === undefined || shares === undefined) return undefined;
  if (shares.length === 0 || shares.some((share, i) => share <= (shares[i - 1] ?? 0))) {
    file.report(field.line, `${field.name} must be shares above 0, ascending, at least one`);
  }
  return shares;
}

function readNames(
  file: YamlFile,
  field: YamlField | undefined,
  namesMax: number,
): readonly string[] | undefined {
  return listOf(file, field, namesMax, (item) => file.text(item, NAME_CHARS_MAX));
}

/** Whole: a lane that names suites says all of it, and what it leaves out is as everywhere. */
function readSuites(file: YamlFile, field: YamlField | undefined): SuiteExpectation | undefined {
  const fields = field === undefined ? undefined : file.fields(field, [], SUITES_KEYS);
  if (fields === undefined) return undefined;
  const kinds = (key: string): readonly SuiteName[] | undefined =>
    listOf(file, fields.get(key), SUITES.length, (item) => file.oneOf(item, SUITES));
  return {
    required: kinds("required") ?? SUITES_EXPECTED.required,
    anyOf: kinds("anyOf") ?? SUITES_EXPECTED.anyOf,
    withinMs: file.durationMs(fields.get("within"), 1_000, 400 * DAY_MS) ?? SUITES_EXPECTED.withinMs,
    itemAgeMsMax:
      file.durationMs(fields.get("itemAgeMax"), 1_000, 3_650 * DAY_MS) ?? SUITES_EXPECTED.itemAgeMsMax,
  };
}

/** What must fit together once defaults are filled in. */
function checkLane(file: YamlFile, field: YamlField, policy: LanePolicy, paneMs: number): void {
  if (policy.decisionMsMax < policy.decisionMs) {
    file.report(field.line, `${field.name}: decisionMsMax is shorter than decisionMs`);
  }
  const both = (policy.userSegments ?? []).find((name) => policy.controlSegments?.includes(name));
  if (both !== undefined) {
    file.report(
      field.line,
      `${field.name}: segment ${JSON.stringify(both)} cannot be one of users and a control at once`,
    );
  }
  if (policy.decisionMs < paneMs) {
    file.report(field.line, `${field.name}: decisionMs is shorter than paneMs (${formatDuration(paneMs)})`);
  }
}
