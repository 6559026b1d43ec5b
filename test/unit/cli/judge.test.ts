import { afterAll, describe, expect, it } from "vitest";
import type { JudgeCounts, JudgeHistory, RatedSamples } from "../../../services/cli/judge/judge-history.ts";
import { judgeLines } from "../../../services/cli/judge/judge-lines.ts";
import { judgeReport, REVIEWED_MIN } from "../../../services/cli/judge/judge-report.ts";
import { makeTempDir, runCommand } from "../../support/run-command.ts";

const dir = makeTempDir();
afterAll(() => dir.remove());

function counts(
  judge: string,
  judged: number,
  accepted: number,
  more: Partial<JudgeCounts> = {},
): JudgeCounts {
  return {
    judge,
    judged,
    accepted,
    own: 0,
    ownAccepted: 0,
    others: judged,
    othersAccepted: accepted,
    ...more,
  };
}

/** Of a judge: rejected and accepted, each with how many people let pass and how many not. */
function rated(judge: string, [a, b, c, d]: readonly [number, number, number, number]): RatedSamples[] {
  return [
    { judge, judgeAccepts: false, passes: 0, fails: 1, samples: a },
    { judge, judgeAccepts: false, passes: 1, fails: 0, samples: b },
    { judge, judgeAccepts: true, passes: 0, fails: 1, samples: c },
    { judge, judgeAccepts: true, passes: 2, fails: 1, samples: d },
  ];
}

function history(part: Partial<JudgeHistory>): JudgeHistory {
  return { judges: [], buckets: [], days: [], rated: [], unreadable: 0, ...part };
}

describe("the report on judges", () => {
  it("passes a judge who agrees with people, and names one that is too lenient", () => {
    const report = judgeReport(
      history({
        judges: [counts("strict@2", 6_000, 3_000), counts("kind@1", 4_000, 3_680)],
        rated: [...rated("strict@2", [45, 5, 5, 45]), ...rated("kind@1", [6, 2, 12, 80])],
      }),
    );
    const [strict, kind] = report.judges;
    expect(strict).toMatchObject({
      judge: "strict@2",
      share: 0.6,
      reviewed: 100,
      verdict: "pass",
      reasons: [],
    });
    expect(strict!.kappa!.value).toBeCloseTo(0.8, 10);
    expect(kind!.powered!.value).toBeCloseTo(0.82, 10);
    expect(kind).toMatchObject({ verdict: "breach", reasons: ["it accepts more than people would"] });
    expect(report.verdict).toBe("breach");
    expect(report.people!.n).toBe(125);
    const lines = judgeLines("a", report).join("\n");
    expect(lines).toContain("kind@1: it accepts more than people would");
    expect(lines).toMatch(/strict@2 +0\.6 +0\.5 \(0\.48/);
    expect(lines).toContain("rotation: 2 judges");
  });

  it("names a judge who does no better than chance", () => {
    const { judges } = judgeReport(
      history({ judges: [counts("coin@1", 1_000, 500)], rated: rated("coin@1", [25, 25, 25, 25]) }),
    );
    expect(judges[0]!.reasons).toEqual(["it agrees with people little better than chance (AC1 under 0.4)"]);
  });

  it("cannot tell without enough reviews, of a judge that decides much", () => {
    const few = judgeReport(
      history({
        judges: [counts("good@1", 990, 495), counts("rare@1", 10, 5)],
        rated: rated("good@1", [45, 5, 5, 45]),
      }),
    );
    expect(few.judges[1]).toMatchObject({ verdict: "inconclusive", kappa: null, powered: null });
    expect(few.verdict).toBe("pass");
    const none = judgeReport(history({ judges: [counts("good@1", 990, 495)] }));
    expect(none.verdict).toBe("inconclusive");
    expect(none.judges[0]!.reasons).toEqual([
      `people were sure of 0 of its samples; ${REVIEWED_MIN} are needed`,
    ]);
    expect(judgeReport(history({})).verdict).toBe("inconclusive");
    expect(judgeLines("a", judgeReport(history({})))).toEqual([
      "no verdict of a judge on lane a in this time",
    ]);
  });

  it("does not count samples on which people are even", () => {
    const even = { judge: "j@1", judgeAccepts: true, passes: 1, fails: 1, samples: 50 };
    const { judges, people } = judgeReport(history({ judges: [counts("j@1", 100, 50)], rated: [even] }));
    expect(judges[0]!.reviewed).toBe(0);
    expect(people!.n).toBe(50);
    expect(people!.value).toBeLessThan(0);
  });

  it("says who rotates, and that nobody does", () => {
    const days = [
      { day: "2026-01-01", judge: "a@1", judged: 30 },
      { day: "2026-01-01", judge: "b@1", judged: 10 },
      { day: "2026-01-02", judge: "a@1", judged: 60 },
    ];
    const two = judgeReport(history({ judges: [counts("a@1", 90, 45), counts("b@1", 10, 5)], days }));
    expect(two.rotation).toEqual({ judges: 2, days: 2, singleJudgeDays: 1, busiestShare: 0.9 });
    const one = judgeLines(
      "a",
      judgeReport(history({ judges: [counts("a@1", 90, 45)], days: days.slice(2) })),
    );
    expect(one.join("\n")).toContain("rotation: none, one judge decides everything");
  });

  it("shows a preference for its own, and buckets that are judged away", () => {
    const report = judgeReport(
      history({
        judges: [counts("m@1", 150, 104, { own: 70, ownAccepted: 56, others: 80, othersAccepted: 48 })],
        buckets: [
          { bucket: "common", judged: 900, accepted: 630 },
          { bucket: "tail", judged: 80, accepted: 24 },
          { bucket: "tiny", judged: 2, accepted: 0 },
        ],
        unreadable: 7,
      }),
    );
    expect(report.judges[0]!.selfPreference!.value).toBeCloseTo(0.2, 10);
    expect(report.buckets.map(({ bucket, judgedAway }) => [bucket, judgedAway])).toEqual([
      ["tiny", false],
      ["tail", true],
      ["common", false],
    ]);
    const lines = judgeLines("a", report).join("\n");
    expect(lines).toMatch(/tail +80 +0\.3 .* judged away/);
    expect(lines).toContain("7 verdicts are words that are not known");
  });
});

it.each([
  [["judge", "report"], "required option '--lane <lane>'"],
  [["judge", "report", "--lane", "__x"], "A lane has 1 to 128 printable characters"],
  [["judge", "report", "--lane", "a", "--since", "soon"], "A duration such as 12h or 30d is expected."],
  [["judge", "report", "--lane", "a"], "nothing runs in"],
])("%j says what is missing", async (args, words) => {
  const { code, stderr } = await runCommand(args, { cwd: dir.path });
  expect(code).toBe(2);
  expect(stderr).toContain(words);
});
