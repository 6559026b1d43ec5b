import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { METRICS } from "../../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../../services/core/catalogue.ts";
import { SUITES_EXPECTED } from "../../../services/core/policy.ts";
import { REPOSITORY } from "../../../services/print/printed-files.ts";
import { canonicalJson } from "../../../services/runtime/canonical-json.ts";
import { formatDuration, parseDurationMs } from "../../../services/runtime/duration.ts";
import { nearest } from "../../../services/runtime/nearest.ts";
import { type LoadedPolicy, loadPolicyFiles } from "../../../services/runtime/policy-files.ts";

const catalogue = new Catalogue(METRICS);
const RULES = readFileSync(`${REPOSITORY}infra/policy/rules.yaml`, "utf8");
const LANES = readFileSync(`${REPOSITORY}infra/policy/lanes.yaml`, "utf8");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "plumbline-policy-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function load(rules: string, lanes = LANES): LoadedPolicy {
  const rulesPath = join(folder, "rules.yaml");
  const lanesPath = join(folder, "lanes.yaml");
  writeFileSync(rulesPath, rules);
  writeFileSync(lanesPath, lanes);
  return loadPolicyFiles({ rulesPath, lanesPath, catalogue });
}

/** `rules.yaml:<line>: <message>` of everything that is wrong. */
function problemsOf(loaded: LoadedPolicy): readonly string[] {
  if (loaded.ok) return [];
  return loaded.problems.map(
    ({ file, line, message }) => `${file.slice(folder.length + 1)}:${line}: ${message}`,
  );
}

const GOOD_RULE = `rules:
  - id: one
    title: One
    metric: word_jsd
    stage: candidate
    segment: generated
    breach: [{ field: ratio, op: gte, threshold: 1.5 }, { field: z, op: gt, threshold: 4 }]
    severity: page
    owner: ann
    page: docs/rules.md#one
    source: a book
`;

describe("shipped files", () => {
  it("are valid", () => expect(problemsOf(load(RULES))).toEqual([]));

  it("start lanes without enforcing and name nobody as approver", () => {
    const loaded = load(RULES);
    if (!loaded.ok) throw new Error("invalid");
    const { policy, rules } = loaded;
    expect(policy.defaults).toMatchObject({ lane: "*", enforce: false, approvers: [], idleMs: 10_000 });
    expect(policy.defaults.realOrigins).toEqual(["human_direct", "licensed", "web_crawl"]);
    expect([policy.paneMs, policy.latenessMs, policy.lanesMax]).toEqual([60_000, 30_000, 200]);
    expect(policy.windows).toEqual(["5m", "1h", "1d"]);
    expect(rules.length).toBeGreaterThanOrEqual(9);
  });

  it("cover every family the road's rules need", () => {
    const loaded = load(RULES);
    if (!loaded.ok) throw new Error("invalid");
    const families = new Set(
      loaded.rules
        .filter((rule) => rule.breach.length > 0)
        .map((rule) => catalogue.byId.get(rule.metric)!.family),
    );
    for (const family of ["divergence", "offline", "online", "repetition", "support"] as const) {
      expect(families).toContain(family);
    }
  });
});

describe("versions", () => {
  it("do not depend on layout, comments or the order of keys and lanes", () => {
    const lanes = "lanes:\n  - { lane: b, enforce: true }\n  - { lane: a }\n";
    const other = "lanes:\n  - lane: a\n  # a comment\n  - { enforce: true, lane: b }\n";
    const a = load(GOOD_RULE, LANES.replace("lanes: []", lanes));
    const b = load(`# hello\n${GOOD_RULE}`, LANES.replace("lanes: []", other));
    expect(a).toEqual(b);
    expect(a).toMatchObject({ ok: true, rulesVersion: expect.stringMatching(/^[0-9a-f]{16}$/) });
  });

  it("change with any number", () => {
    const a = load(GOOD_RULE);
    const b = load(GOOD_RULE.replace("1.5", "1.6"));
    const c = load(GOOD_RULE, LANES.replace("throttleShare: 0.5", "throttleShare: 0.4"));
    if (!a.ok || !b.ok || !c.ok) throw new Error("invalid");
    expect(a.rulesVersion).not.toBe(b.rulesVersion);
    expect(a.policy.version).not.toBe(b.policy.version);
    expect(a.rulesVersion).toBe(c.rulesVersion);
    expect(a.policy.version).not.toBe(c.policy.version);
  });

  it("rest on one text for equal data", () => {
    expect(canonicalJson({ b: [{ d: 1, c: null }], a: "x" })).toBe('{"a":"x","b":[{"c":null,"d":1}]}');
  });
});

describe("problems in rules", () => {
  it("are all found at once, each with its line and what is allowed", () => {
    const text = `rules:
  - id: one
    title: One
    metric: word_jds
    stage: candidat
    segment: generatd
    breach: [{ field: ratios, op: ge, threshold: high }]
    severity: loud
    owner: ""
    pages: x
    source: a book
  - id: one
    title: Two
    metric: online_success
    stage: candidate
    segment: all
    severity: page
    owner: ann
    page: p
    source: s
  - id: One
    title: Three
    metric: offline_score
    stage: reply
    segment: all
    warn: [{ field: value, op: lt, threshold: .5 }]
    severity: page
    owner: ann
    page: p
    source: s
  - nothing
`;
    const problems = problemsOf(load(text));
    for (const expected of [
      'rules.yaml:4: rules[0].metric is "word_jds"; did you mean "word_jsd"? allowed: ',
      'rules.yaml:5: rules[0].stage is "candidat"; did you mean "candidate"? allowed: candidate, admitted, reply',
      'rules.yaml:6: rules[0].segment is "generatd"; did you mean "generated"? allowed: all, generated, real, buckets, rates, drift,',
      'rules.yaml:7: rules[0].breach[0].field is "ratios"; did you mean "ratio"? allowed: value, z, ratio, excess, e,',
      'rules.yaml:7: rules[0].breach[0].op is "ge"; did you mean "gt"? allowed: lt, lte, gt, gte',
      'rules.yaml:7: rules[0].breach[0].threshold is "high", must be a number',
      'rules.yaml:8: rules[0].severity is "loud"; allowed: page, ticket, info',
      'rules.yaml:9: rules[0].owner is "", must be a text',
      'rules.yaml:10: unknown key rules[0].pages; did you mean "page"? allowed:',
      "rules.yaml:2: rules[0] has no page",
      "rules.yaml:12: rules[1].id: the rule of line 2 is called one, too",
      "rules.yaml:15: rules[1].stage: online_success is not measured in stage candidate; allowed: reply",
      "rules.yaml:12: rules[1] has neither breach nor warn",
      "rules.yaml:21: rules[2].id must be snake_case",
      "rules.yaml:25: rules[2].segment: offline_score is not measured in segment all of stage reply; allowed: suite:<name>",
      'rules.yaml:31: rules[3] is "nothing", must be a map with id,',
    ]) {
      expect(
        problems.filter((problem) => problem.startsWith(expected)),
        expected,
      ).toHaveLength(1);
    }
    expect(problems).toHaveLength(16);
    const lines = problems.map((problem) => Number(problem.split(":")[1]));
    expect(lines).toEqual(lines.toSorted((a, b) => a - b));
  });

  it("a rule can ask for a freeze, and for nothing that opens", () => {
    const loaded = load(`${GOOD_RULE}    asks: freeze\n`);
    expect(loaded).toMatchObject({ ok: true, rules: [{ asks: "freeze" }] });
    expect(problemsOf(load(`${GOOD_RULE}    asks: resume\n`))).toEqual([
      'rules.yaml:12: rules[0].asks is "resume"; allowed: freeze',
    ]);
  });

  it.each([
    ["not YAML", "rules: [", 1],
    ["a list", "- id: x", 1],
    ["empty", "", 1],
    ["a key twice", `${GOOD_RULE}    owner: bob\n`, 12],
    ["an alias", "rules: &a\n  - *a\n", 2],
    ["a bomb of aliases", `a: &a [x, x]\nb: &b [*a, *a]\nrules: [*b, *b]\n`, 1],
    ["larger than any rules file", `# ${"x".repeat(1_100_000)}`, 1],
  ])("a file that is %s is refused with its line", (_, text, line) => {
    const loaded = load(text);
    expect(loaded.ok).toBe(false);
    expect(loaded).toMatchObject({ problems: expect.arrayContaining([expect.objectContaining({ line })]) });
  });

  it("a missing file is one problem, and the other file is still checked", () => {
    const lanesPath = join(folder, "lanes.yaml");
    writeFileSync(lanesPath, LANES.replace("enforce: false", "enforce: maybe"));
    const loaded = loadPolicyFiles({ rulesPath: join(folder, "none.yaml"), lanesPath, catalogue });
    expect(problemsOf(loaded)).toEqual([
      "none.yaml:1: there is no such file",
      expect.stringMatching(/^lanes\.yaml:\d+: defaults\.enforce is "maybe", must be true or false$/),
    ]);
  });
});

describe("problems in lanes", () => {
  const change = (from: string, to: string): readonly string[] => {
    expect(LANES).toContain(from);
    return problemsOf(load(GOOD_RULE, LANES.replace(from, to)));
  };

  it.each([
    ["paneMs: 1m", "paneMs: 1 minute", 'paneMs is "1 minute", must be a duration such as'],
    ["paneMs: 1m", "paneMs: 7s", "windows[0]: 5m is not a multiple of paneMs (7s)"],
    ["windows: [5m, 1h, 1d]", "windows: [5m, 5m]", "windows[1]: 5m is listed twice"],
    ["windows: [5m, 1h, 1d]", "windows: [2h]", 'windows[0] is "2h"; did you mean'],
    ["lanesMax: 200", "lanesMax: 0", "lanesMax is 0, must be within 1..10000"],
    ["throttleShare: 0.5", "throttleShare: 50", "defaults.throttleShare is 50, must be within 0..1"],
    [
      "probationShares: [0.25, 0.5, 1]",
      "probationShares: [0.5, 0.25]",
      "defaults.probationShares must be shares above 0",
    ],
    [
      "decisionTextsMin: 500",
      "decisionTextsMin: 1.5",
      "defaults.decisionTextsMin is 1.5, must be a whole number",
    ],
    ["decisionMsMax: 24h", "decisionMsMax: 30m", "defaults: decisionMsMax is shorter than decisionMs"],
    ["decisionMs: 1h", "decisionMs: 1s", "defaults: decisionMs is shorter than paneMs (1m)"],
    ["staleGate: hold", "staleGate: keep", 'defaults.staleGate is "keep"; allowed: hold, open, freeze'],
    [
      "human_direct, licensed",
      "human, licensed",
      'defaults.realOrigins[0] is "human"; allowed: human_direct,',
    ],
    ["approvers: []", "approvers: ann", 'defaults.approvers is "ann", must be a list'],
    ["approvers: []", "approvers: [ann, ann]", "defaults.approvers[1]: ann is listed twice"],
    ["approvers: []", "approvers: []\n  userSegments: new", 'defaults.userSegments is "new", must be a list'],
    [
      "lanes: []",
      "lanes: [{ lane: a, userSegments: [x], controlSegments: [x] }]",
      'lanes[0]: segment "x" cannot be one of users and a control at once',
    ],
    ["leaseMs: 60s", "leaseMs: 60s\n  priority: 1", "unknown key defaults.priority"],
    [
      "leaseMs: 60s",
      "leaseMs: 60s\n  suites: { required: [longtail] }",
      'defaults.suites.required[0] is "longtail"; did you mean "long_tail"?',
    ],
    ["leaseMs: 60s", "leaseMs: 60s\n  suites: { judges: 2 }", "unknown key defaults.suites.judges"],
    [
      "leaseMs: 60s",
      "leaseMs: 60s\n  suites: 14d",
      'defaults.suites is "14d", must be a map with required, anyOf',
    ],
    [
      "leaseMs: 60s",
      "leaseMs: 60s\n  suites: { within: 0 }",
      "defaults.suites.within is 0 ms, must be within",
    ],
    ["  owner: data-quality\n", "", "defaults has no owner"],
    ["lanes: []", "lanes: [{ lane: __proto__ }]", "lanes[0].lane must be 1 to 128 printable characters"],
    ["lanes: []", "lanes: [{ lane: a }, { lane: a }]", 'lanes[1].lane: lane "a" is declared on line'],
    ["lanes: []", `lanes: [{ lane: ${"x".repeat(200)} }]`, "lanes[0].lane has 200 characters, at most 128"],
    ["lanes: []", "lanes: [{ enforce: true }]", "lanes[0] has no lane"],
    [
      "lanes: []",
      "lanes: [{ lane: a, decisionMsMax: 10m }]",
      "lanes[0]: decisionMsMax is shorter than decisionMs",
    ],
  ])("%s -> %s", (from, to, expected) => {
    const problems = change(from, to);
    expect(
      problems.some((problem) => problem.includes(`: ${expected}`)),
      problems.join("\n"),
    ).toBe(true);
  });

  it("a lane inherits what it does not name; off and null mean never ticked on", () => {
    const lanes =
      "lanes:\n  - { lane: a/b, enforce: true, idleMs: off }\n  - { lane: c, idleMs: null, approvers: [ann], controlSegments: [people] }\n";
    const loaded = load(GOOD_RULE, LANES.replace("lanes: []", lanes));
    if (!loaded.ok) throw new Error(problemsOf(loaded).join("\n"));
    const { defaults, lanes: read } = loaded.policy;
    expect(read).toEqual([
      { ...defaults, lane: "a/b", enforce: true, idleMs: null },
      { ...defaults, lane: "c", idleMs: null, approvers: ["ann"], controlSegments: ["people"] },
    ]);
  });
});

describe("suites that a lane is to run", () => {
  it("are named whole by defaults or by a lane, and by nobody where the file says nothing", () => {
    const own = "lanes: [{ lane: a, suites: { required: [hard], within: 1d } }, { lane: b }]";
    const loaded = load(GOOD_RULE, LANES.replace("lanes: []", own));
    if (!loaded.ok) throw new Error(problemsOf(loaded).join("\n"));
    const [a, b] = loaded.policy.lanes;
    expect(a!.suites).toEqual({ ...SUITES_EXPECTED, required: ["hard"], withinMs: 86_400_000 });
    expect([b, loaded.policy.defaults].map((policy) => "suites" in policy!)).toEqual([false, false]);
    const everywhere = load(
      GOOD_RULE,
      LANES.replace("leaseMs: 60s", "leaseMs: 60s\n  suites: { anyOf: [] }").replace("lanes: []", own),
    );
    if (!everywhere.ok) throw new Error(problemsOf(everywhere).join("\n"));
    expect(everywhere.policy.lanes[1]!.suites).toEqual({ ...SUITES_EXPECTED, anyOf: [] });
    expect(everywhere.policy.lanes[0]!.suites!.anyOf).toEqual(SUITES_EXPECTED.anyOf);
  });
});

describe("durations and near words", () => {
  it.each([
    ["30s", 30_000],
    ["5m", 300_000],
    ["1h", 3_600_000],
    ["1d", 86_400_000],
    ["250ms", 250],
    [42, 42],
    [0, 0],
  ])("%s is %d ms", (written, ms) => {
    expect(parseDurationMs(written)).toBe(ms);
    expect(parseDurationMs(formatDuration(ms))).toBe(ms);
  });

  it.each(["", "5", "m", "5 m", "-1s", "1.5h", "5M", -1, 1.5, Number.NaN, null, undefined, {}])(
    "%s is none",
    (written) => expect(parseDurationMs(written)).toBeNull(),
  );

  it("suggests only what is near", () => {
    expect(nearest("tail_coverge", ["tail_coverage", "volume"])).toBe("tail_coverage");
    expect(nearest("banana", ["tail_coverage", "volume"])).toBeNull();
    expect(nearest("x".repeat(100_000), ["volume"])).toBeNull();
  });
});
