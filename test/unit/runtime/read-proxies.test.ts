import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { METRICS } from "../../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../../services/core/catalogue.ts";
import { PROXIES_MAX, type ProxyMap } from "../../../services/core/proxy/proxy-map.ts";
import { REPOSITORY } from "../../../services/print/printed-files.ts";
import { versioned } from "../../../services/runtime/policy-files.ts";
import { readLanes } from "../../../services/runtime/read-lanes.ts";
import { YamlFile } from "../../../services/runtime/yaml-file.ts";

const catalogue = new Catalogue(METRICS);
const LANES = `paneMs: 1m
latenessMs: 30s
windows: []
lanesMax: 10
defaults:
  owner: ann
  enforce: true
  realOrigins: [human_direct]
  decisionTextsMin: 500
  decisionMs: 1h
  decisionMsMax: 24h
  idleMs: off
  leaseMs: 60s
  staleGate: hold
  throttleShare: 0.5
  probationShares: [1]
  resumeCleanWindows: 3
  relaxCleanWindows: 2
  approvers: []
lanes: []
`;
const FIRST_LINE = LANES.split("\n").length;

function read(section: string) {
  const file = new YamlFile("lanes.yaml", `${LANES}${section}`);
  const policy = readLanes(file, catalogue);
  return { policy, problems: file.problems.map(({ line, message }) => `${line - FIRST_LINE}: ${message}`) };
}

const GOOD = `proxies:
  - symptom: reply/all/online_success
    proxies:
      - { series: candidate/generated/tail_coverage, moves: down, lagMin: 1, lagMax: 27 }
      - { series: reply/suite:long_tail/offline_score, moves: down, lagMax: 30 }
  - symptom: reply/all/refusal_share
    lane: support/after-sales
    bucket: ""
    proxies: [{ series: candidate/generated/word_jsd, moves: up, lagMax: 9 }]
`;
const MAP: ProxyMap = [
  {
    lane: null,
    symptom: "reply/all/online_success",
    bucket: null,
    proxies: [
      { series: "candidate/generated/tail_coverage", moves: "down", lagMin: 1, lagMax: 27 },
      { series: "reply/suite:long_tail/offline_score", moves: "down", lagMin: 0, lagMax: 30 },
    ],
  },
  {
    lane: "support/after-sales",
    symptom: "reply/all/refusal_share",
    bucket: "",
    proxies: [{ series: "candidate/generated/word_jsd", moves: "up", lagMin: 0, lagMax: 9 }],
  },
];

describe("the proxy map of the lanes file", () => {
  it("is part of the policy, and of its version", () => {
    const mapped = read(GOOD);
    expect(mapped.problems).toEqual([]);
    expect(mapped.policy.proxies).toEqual(MAP);
    const ofUsers = GOOD.replace("reply/all/online_success", "reply/user:eu west/online_success");
    expect(read(ofUsers).problems).toEqual([]);
    const version = (section: string) => versioned(read(section).policy, []).policy.version;
    expect(version(GOOD)).not.toBe(version(""));
    expect(version(GOOD)).not.toBe(version(GOOD.replace("lagMax: 27", "lagMax: 28")));
  });

  it("leaves the version of a file without one as it was", () => {
    const { policy } = read("");
    expect("proxies" in policy).toBe(false);
    expect(versioned({ ...policy }, []).policy.version).toBe(versioned(policy, []).policy.version);
  });

  it("names every problem with its line and what is allowed", () => {
    const { problems } = read(`proxies:
  - symptom: reply/all/online_sucess
    proxies: []
  - symptom: candidate/generated/tail_coverage
    proxies:
      - { series: candidate/generated/tail_coverage, moves: fall, lagMax: 3 }
      - { series: candidate/real/tail_coverage, moves: down, lagMax: 3 }
      - { series: reply/all/online_success, moves: down, lagMax: 3 }
      - { series: reply/suite:main/offline_score, moves: down, lagMin: 4, lagMax: 3 }
      - { series: reply/suite:main/offline_score, moves: down, lagMax: 101 }
      - { series: candidate/generated/word_jsd, moves: up, lagMax: 1, weight: 2 }
  - symptom: reply/all/online_success
    lane: __x
    proxies: []
  - symptom: reply/all/online_success
    lane: __x
    proxies:
      - { series: candidate/generated/word_jsd, moves: up, lagMax: 1 }
      - { series: candidate/generated/word_jsd, moves: down, lagMax: 1 }
`);
    const found = problems.join("\n");
    expect(found).toContain(
      '1: proxies[0].symptom is "reply/all/online_sucess"; did you mean "reply/all/online_success"? allowed: ',
    );
    expect(found).toContain(
      '3: proxies[1].symptom is "candidate/generated/tail_coverage"; allowed: reply/all/',
    );
    expect(found).toContain('5: proxies[1].proxies[0].moves is "fall"');
    expect(found).toContain('6: proxies[1].proxies[1].series is "candidate/real/tail_coverage"');
    expect(found).toContain('7: proxies[1].proxies[2].series is "reply/all/online_success"');
    expect(found).toContain("8: proxies[1].proxies[3]: lagMax is smaller than lagMin");
    expect(found).toContain("9: proxies[1].proxies[4].lagMax is 101, must be within 0..100");
    expect(found).toContain("10: unknown key proxies[1].proxies[5].weight");
    expect(found).toContain("12: proxies[2].lane is no name of a lane");
    expect(found).toContain("14: proxies[3]: line 32 maps the same symptom");
    expect(found).toContain("18: proxies[3].proxies[1]: candidate/generated/word_jsd is listed twice");
  });

  it("is read as the manual shows it", () => {
    const manual = readFileSync(`${REPOSITORY}docs/proxies.md`, "utf8");
    const [, shown] = /```yaml\n([\s\S]*?)```/.exec(manual)!;
    const { policy, problems } = read(shown!);
    expect(problems).toEqual([]);
    expect(policy.proxies?.[0]).toMatchObject({ lane: "support/after-sales", bucket: "refund" });
  });

  it("is bounded", () => {
    const many = Array.from(
      { length: PROXIES_MAX + 1 },
      (_, i) => `{ series: "reply/suite:s${i}/offline_score", moves: down, lagMax: 3 }`,
    );
    const { problems } = read(
      `proxies:\n  - symptom: reply/all/online_success\n    proxies: [${many.join(", ")}]\n`,
    );
    expect(problems[0]).toContain(`has ${PROXIES_MAX + 1} entries, at most ${PROXIES_MAX} are allowed`);
    expect(read("proxies: 3\n").problems[0]).toContain("must be a list");
  });
});
