import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeReference } from "../../../services/core/reference/reference-codec.ts";
import { HOSTILE_NAMES } from "../../support/hostile-names.ts";
import { realTexts } from "../../support/real-texts.ts";
import { type CommandRun, makeTempDir, runCommand } from "../../support/run-command.ts";

const dir = makeTempDir();
afterAll(() => dir.remove());
const pieces = realTexts();
const REAL = pieces.slice(0, 3_000);
const OTHER = pieces.slice(3_000, 4_000);
const PHRASE = "The state of our union is strong and our people are free and our future is bright.";

function write(name: string, lines: readonly unknown[]): void {
  const text = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
  writeFileSync(join(dir.path, name), `${text}\n`);
}

const run = (args: readonly string[], stdin = ""): Promise<CommandRun> =>
  runCommand(args, { cwd: dir.path, stdin });

interface ScanDocument {
  readonly verdict: string;
  readonly families: readonly string[];
  readonly blamed: readonly string[];
  readonly missingTexts: number;
  readonly metrics: readonly {
    readonly id: string;
    readonly stage: string;
    readonly segment: string;
    readonly n: number;
    readonly value: number | null;
    readonly z: number | null;
    readonly status: string;
  }[];
  readonly verdicts: readonly {
    readonly rule: string;
    readonly verdict: string;
    readonly arithmetic: string;
  }[];
  readonly notApplied: readonly string[];
  readonly lines: {
    readonly read: number;
    readonly counted: number;
    readonly repeated: number;
    readonly emptyTexts: number;
    readonly bad: Readonly<
      Record<string, { readonly count: number; readonly firstLines: readonly number[] }>
    >;
  };
}

async function scanJson(
  args: readonly string[],
  stdin = "",
): Promise<{ code: number; document: ScanDocument }> {
  const { code, stdout, stderr } = await run(["scan", ...args, "--json"], stdin);
  expect(stderr).toBe("");
  return { code, document: JSON.parse(stdout) as ScanDocument };
}

beforeAll(async () => {
  write("real.jsonl", REAL);
  write(
    "clean.jsonl",
    OTHER.map(({ text, bucket }) => ({ text, bucket })),
  );
  write(
    "loop.jsonl",
    OTHER.map(({ text, bucket }, i) =>
      i % 2 === 0
        ? { text, bucket, template: "plain@1" }
        : { text: `${PHRASE} ${PHRASE}`, bucket, template: "loop@2" },
    ),
  );
  const built = await run([
    "reference",
    "build",
    "real.jsonl",
    "--lane",
    "speeches",
    "--out",
    "real.plr",
    "--null-draws",
    "60",
  ]);
  expect(built).toMatchObject({ code: 0, stderr: "" });
  expect(built.stdout).toContain("Next: plumbline scan FILE --reference real.plr");
});

describe("scan", () => {
  it("passes real texts against real texts", async () => {
    const { code, document } = await scanJson(["clean.jsonl", "--reference", "real.plr"]);
    expect(document.verdicts.filter(({ verdict }) => verdict !== "pass")).toEqual([]);
    expect(document.verdict).toBe("pass");
    expect(code).toBe(0);
    expect(document.lines).toMatchObject({ read: 1_000, repeated: 0, bad: {} });
    expect(document.metrics.map(({ stage }) => stage).every((stage) => stage === "candidate")).toBe(true);
    expect(document.notApplied).toContain("tail_coverage_anchor");
    expect(document.notApplied).toContain("online_success_anchor");
  });

  it("breaches on a loop, names the template behind it, and ends with 1", async () => {
    const { code, document } = await scanJson(["loop.jsonl", "--reference", "real.plr"]);
    expect(code).toBe(1);
    expect(document.verdict).toBe("breach");
    expect(document.families).toContain("repetition");
    expect(document.blamed).toEqual(["template:loop@2"]);
    const words = await run(["scan", "loop.jsonl", "--reference", "real.plr"]);
    expect(words.code).toBe(1);
    expect(words.stdout).toContain("BREACH:");
    expect(words.stdout).toContain("Without template:loop@2 every breach is gone");
  });

  it("says how many texts are missing, and ends with 3", async () => {
    const lines = OTHER.slice(0, 120).map(({ text }) => JSON.stringify({ text }));
    const { code, document } = await scanJson(["-", "--reference", "real.plr"], lines.join("\n"));
    expect(code).toBe(3);
    expect(document).toMatchObject({ verdict: "inconclusive", missingTexts: 380 });
    const words = await run(["scan", "-", "--reference", "real.plr"], lines.join("\n"));
    expect(words.stdout).toContain(
      "INCONCLUSIVE: 120 generated texts; a verdict needs 500, so 380 more are missing.",
    );
  });

  it("says why a rule could not be decided", async () => {
    // A good quarter shorter than real texts: they do not hold the n-grams that both sides are measured on.
    const lines = OTHER.map(({ text }) => JSON.stringify({ text: text.slice(0, text.length * 0.72) }));
    const { code, stdout } = await run(["scan", "-", "--reference", "real.plr"], lines.join("\n"));
    expect(code).toBe(3);
    expect(stdout).toMatch(
      /^INCONCLUSIVE: nothing breaches, but .*could not be decided: the texts hold too little/m,
    );
  });

  it("says the same whatever the order of lines", async () => {
    const lines = OTHER.map(({ text, bucket }) => JSON.stringify({ text, bucket }));
    const forward = await run(["scan", "-", "--reference", "real.plr", "--json"], lines.join("\n"));
    const backward = await run(
      ["scan", "-", "--reference", "real.plr", "--json"],
      lines.reverse().join("\n"),
    );
    expect(backward).toEqual(forward);
  });

  it("builds the same reference from lines as from the file it was written to", async () => {
    const args = ["clean.jsonl", "--null-draws", "60"];
    const fromFile = await scanJson([...args, "--reference", "real.plr"]);
    const fromLines = await scanJson([...args, "--reference", "real.jsonl"]);
    expect(fromLines.document.metrics).toEqual(fromFile.document.metrics);
  });

  it("goes on over bad lines and counts them by code", async () => {
    const lines: string[] = OTHER.slice(0, 600).map(({ text, id }) => JSON.stringify({ text, id }));
    lines.splice(3, 0, "{broken", '{"completion": "x"}', '{"text": "a", "bucket": []}', lines[0]!, "");
    const { code, document } = await scanJson(["-", "--reference", "real.plr"], lines.join("\n"));
    expect(code).toBe(0);
    expect(document.lines).toMatchObject({ read: 604, counted: 600, repeated: 1 });
    expect(document.lines.bad).toMatchObject({
      json_invalid: { count: 1, firstLines: [4] },
      text_missing: { count: 1, firstLines: [5] },
      field_invalid: { count: 1, firstLines: [6] },
    });
  });

  it("takes any text and any name", async () => {
    const strange = [
      { text: "" },
      { text: "\u0000 NUL \u0000" },
      { text: "lone \ud800 surrogate \udc00" },
      { text: "\u05e9\u05dc\u05d5\u05dd \u4e16\u754c" },
      { text: "word ".repeat(2_000_000) },
      ...HOSTILE_NAMES.filter((name) => name.length <= 1_024).map((name) => ({
        text: name,
        bucket: name,
        template: name,
        source: name,
      })),
    ];
    const lines = [...OTHER, ...strange].map((line) => JSON.stringify(line)).join("\n");
    const { document } = await scanJson(["-", "--reference", "real.plr"], lines);
    expect(document.lines).toMatchObject({ read: 1_000 + strange.length, emptyTexts: 1, bad: {} });
    const words = await run(["scan", "-", "--reference", "real.plr"], lines);
    expect(words.stdout.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
  });

  it("puts real arrivals in a segment of their own", async () => {
    const lines = OTHER.map(({ text }, i) => ({ text, ...(i % 4 === 0 ? { origin: "human_direct" } : {}) }));
    const { document } = await scanJson(
      ["-", "--reference", "real.plr"],
      lines.map((l) => JSON.stringify(l)).join("\n"),
    );
    const coverage = document.metrics.filter(({ id }) => id === "seq_rep_4");
    expect(coverage.map(({ segment, n }) => [segment, n]).sort()).toEqual([
      ["generated", 750],
      ["real", 250],
    ]);
  });

  it("draws progress on a terminal only, and clears it", async () => {
    const surroundings = { cwd: dir.path, isTty: true };
    const { stderr } = await runCommand(["scan", "clean.jsonl", "--reference", "real.plr"], surroundings);
    expect(stderr).toContain("texts");
    expect(stderr.endsWith("\r\u001b[2K")).toBe(true);
  });
});

describe("scan refuses", () => {
  beforeAll(() => {
    write(
      "prose.txt",
      Array.from({ length: 40 }, (_, i) => `Line ${i} of a book.`),
    );
    write("array.jsonl", ["[", ...REAL.slice(0, 40).map((line) => `${JSON.stringify(line)},`), "]"]);
    write("empty.jsonl", []);
    write("few.jsonl", REAL.slice(0, 100));
    write("rules.yaml", ["rules:", "  - id: a", "    metric: tail_covrage"]);
    writeFileSync(join(dir.path, "cut.plr"), readFileSync(join(dir.path, "real.plr")).subarray(0, 5_000));
  });

  it.each([
    [["nosuch.jsonl", "--reference", "real.plr"], "nosuch.jsonl cannot be read: there is no such file"],
    [["clean.jsonl", "--reference", "nosuch.jsonl"], "nosuch.jsonl cannot be read"],
    [[".", "--reference", "real.plr"], "it is a directory"],
    [["prose.txt", "--reference", "real.plr"], "prose.txt, line 1: not JSON: Line 0 of a book."],
    [["clean.jsonl", "--reference", "prose.txt"], "prose.txt, line 1: not JSON"],
    [["empty.jsonl", "--reference", "real.plr"], "empty.jsonl has no lines"],
    [["clean.jsonl", "--reference", "cut.plr"], "cut.plr is not a usable reference"],
    [["clean.jsonl", "--reference", "real.plr", "--rules", "rules.yaml"], "rules.yaml:3:"],
    [
      ["clean.jsonl", "--reference", "real.plr", "--rules", "nosuch.yaml"],
      "nosuch.yaml:1: there is no such file",
    ],
  ] as const)("%j", async (args, words) => {
    const { code, stdout, stderr } = await run(["scan", ...args]);
    expect(stderr).toContain(words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  it("no array of objects over many lines: all but the brackets would do, if commas were no part of them", async () => {
    const { code, stderr } = await run(["scan", "array.jsonl", "--reference", "real.plr"]);
    expect(code).toBe(2);
    expect(stderr).toContain("jq -c '.[]'");
  });

  it("nothing, but says so, where the reference is too small to judge by", async () => {
    const { code, stdout } = await run([
      "scan",
      "clean.jsonl",
      "--reference",
      "few.jsonl",
      "--null-draws",
      "5",
    ]);
    expect(code).toBe(3);
    expect(stdout).toContain("INCONCLUSIVE: the reference has 100 texts, too few");
  });
});

describe("reference build", () => {
  const build = (...args: string[]) =>
    run(["reference", "build", ...args, "--lane", "speeches", "--null-draws", "5"]);

  it("gives the same version for the same texts in any order", async () => {
    write("reversed.jsonl", [...REAL].reverse());
    await build("real.jsonl", "--out", "a.plr");
    await build("reversed.jsonl", "--out", "b.plr");
    const [a, b] = ["a.plr", "b.plr"].map((name) => readFileSync(join(dir.path, name)));
    expect(b).toEqual(a);
    expect(decodeReference(a!)).toMatchObject({ lane: "speeches" });
    await build("real.jsonl", "--out", "c.plr", "--seed", "2");
    expect(readFileSync(join(dir.path, "c.plr"))).not.toEqual(a);
  });

  it("keeps equal texts without ids in one half", async () => {
    write(
      "copies.jsonl",
      REAL.slice(0, 800).flatMap(({ text }) => [{ text }, { text }, { text }]),
    );
    const { code, stdout } = await run([
      "reference",
      "build",
      "copies.jsonl",
      "--lane",
      "l",
      "--out",
      "copies.plr",
      "--null-draws",
      "5",
      "--json",
    ]);
    expect(code).toBe(0);
    const { textsA, textsB } = JSON.parse(stdout) as { textsA: number; textsB: number };
    expect([textsA % 3, textsB % 3, textsA + textsB]).toEqual([0, 0, 2_400]);
  });

  it("refuses too few texts with what can be judged, and texts that are not real", async () => {
    write("some.jsonl", REAL.slice(0, 300));
    const few = await build("some.jsonl", "--out", "few.plr");
    expect(few.code).toBe(2);
    expect(few.stderr).toMatch(
      /some\.jsonl: 300 usable texts, \d+ of them in the half .* at least 50 are needed: give 500/,
    );
    write(
      "made.jsonl",
      REAL.slice(0, 300).map(({ text }) => ({ text, origin: "model_generated" })),
    );
    const made = await build("made.jsonl", "--out", "made.plr");
    expect(made).toMatchObject({ code: 2 });
    expect(made.stderr).toContain("origin model_generated is not real text");
  });

  it("says where it cannot write", async () => {
    const { code, stderr } = await build("real.jsonl", "--out", "no/such/dir/x.plr");
    expect(code).toBe(2);
    expect(stderr).toContain("no/such/dir/x.plr cannot be written (ENOENT)");
  });
});
