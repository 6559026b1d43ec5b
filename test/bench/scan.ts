/**
 * `plumbline scan` of a file of a million texts, as a process of its own: wall time, CPU, most memory, and progress on stderr.
 * The floor, in this process: reading the lines, parsing their JSON and tokenising, of a part of the same file.
 *
 * Run it by `npx tsx test/bench/scan.ts [texts]`. The file takes 600 MB under the temporary directory and is removed at the end.
 */
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { LineSplitter } from "../../services/cli/lines/line-splitter.ts";
import { DEFAULT_FIELDS, parseTextLine } from "../../services/cli/lines/text-line.ts";
import { Random } from "../../services/core/random.ts";
import { Tokeniser } from "../../services/core/tokenise.ts";
import { encodeUtf8 } from "../../services/core/utf8.ts";
import { SyntheticTexts } from "../support/synthetic-texts.ts";
import { cpuUs } from "./timing.ts";

const TEXTS = 1_000_000;
const REFERENCE_TEXTS = 5_000;
const FLOOR_TEXTS = 50_000;
const CHARACTERS = 500;
/** Texts that are put together anew from parts: a million of them are made in seconds. */
const PARTS = 20_000;
const LINES_A_WRITE = 2_000;
const LAUNCHER = join(import.meta.dirname, "../../services/cli/plumbline.cjs");
/** In the child: progress is drawn as on a terminal, and what the process used is told at its end. */
const PROBE = `process.stderr.isTTY = true;
process.on("exit", () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  process.stderr.write("\\nprobe " + JSON.stringify({ maxRSS, cpuUs: userCPUTime + systemCPUTime }) + "\\n");
});`;

export interface ScanBench {
  readonly texts: number;
  readonly wallSeconds: number;
  readonly cpuUsPerText: number;
  /** Reading, parsing and tokenising. */
  readonly floorUsPerText: number;
  /** Most resident memory of the process. */
  readonly rssMaxMb: number;
  /** How often the line on stderr was drawn. */
  readonly progressLines: number;
  /** 0 pass, 1 breach, 3 inconclusive. */
  readonly exitCode: number;
}

/** Writes lines of texts; every tenth is a copy of an earlier one. */
function writeTexts(path: string, count: number, seed: string, origin: string): void {
  const random = new Random(seed);
  const texts = new SyntheticTexts(random);
  const parts = Array.from({ length: PARTS }, () => texts.text(CHARACTERS / 2));
  const file = openSync(path, "w");
  try {
    let lines: string[] = [];
    for (let i = 0; i < count; i += 1) {
      const first = random.below(10) === 0 ? 0 : random.below(PARTS);
      const text = `${parts[first]!} ${parts[first === 0 ? 1 : random.below(PARTS)]!}`;
      const template = `template-${i % 16}@1`;
      lines.push(JSON.stringify({ id: `${seed}-${i}`, text, bucket: `topic-${i % 20}`, template, origin }));
      if (lines.length < LINES_A_WRITE && i + 1 < count) continue;
      writeSync(file, `${lines.join("\n")}\n`);
      lines = [];
    }
  } finally {
    closeSync(file);
  }
}

function floorUs(path: string): number {
  const bytes = readFileSync(path);
  const tokeniser = new Tokeniser();
  let texts = 0;
  const before = cpuUs();
  for (const line of new LineSplitter().push(bytes)) {
    const parsed = parseTextLine(line, DEFAULT_FIELDS);
    if (!parsed.ok) throw new Error(`line ${line.number} is not a text`);
    const text = encodeUtf8(parsed.value.text);
    tokeniser.read(text, 0, text.length);
    texts += 1;
  }
  return (cpuUs() - before) / texts;
}

interface Ended {
  readonly exitCode: number;
  readonly stderr: string;
  readonly wallMs: number;
}

function runScan(file: string, reference: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const startedMs = performance.now();
    const probe = `data:text/javascript,${encodeURIComponent(PROBE)}`;
    const child = spawn(
      process.execPath,
      ["--import", probe, LAUNCHER, "scan", file, "--reference", reference, "--null-draws", "50", "--json"],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ exitCode: code ?? -1, stderr, wallMs: performance.now() - startedMs });
    });
  });
}

/** Throws where the scan fails, shows no progress or loses a text. */
export async function benchScan(texts = TEXTS): Promise<ScanBench> {
  const directory = mkdtempSync(join(tmpdir(), "plumbline-bench-scan-"));
  try {
    const file = join(directory, "generated.jsonl");
    const reference = join(directory, "real.jsonl");
    const part = join(directory, "part.jsonl");
    writeTexts(reference, REFERENCE_TEXTS, "real", "human_direct");
    writeTexts(part, FLOOR_TEXTS, "part", "model_generated");
    writeTexts(file, texts, "generated", "model_generated");
    const floorUsPerText = Math.min(floorUs(part), floorUs(part));
    const { exitCode, stderr, wallMs } = await runScan(file, reference);
    const probe = /^probe (.*)$/m.exec(stderr)?.[1];
    const progressLines = stderr.split("\u001b[2K").filter((line) => line.includes(" texts, ")).length;
    if (![0, 1, 3].includes(exitCode) || probe === undefined)
      throw new Error(`the scan failed: ${stderr.slice(-500)}`);
    if (texts >= TEXTS && progressLines < 5) throw new Error("the scan showed no progress");
    const { maxRSS, cpuUs: used } = JSON.parse(probe) as { maxRSS: number; cpuUs: number };
    return {
      texts,
      wallSeconds: wallMs / 1_000,
      cpuUsPerText: used / texts,
      floorUsPerText,
      rssMaxMb: maxRSS / 1_024,
      progressLines,
      exitCode,
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const texts = Number(process.argv[2] ?? TEXTS);
  process.stdout.write(`${JSON.stringify(await benchScan(texts), null, 2)}\n`);
}
