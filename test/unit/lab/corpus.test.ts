import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  CorpusError,
  cutIntoPieces,
  loadCorpusFile,
  loadDefaultCorpus,
} from "../../../services/lab/corpus.ts";
import { LAB_SIZES, piecesNeeded } from "../../../services/lab/pools.ts";

const SENTENCE = "This is a sentence about the tail.";

describe("cutIntoPieces", () => {
  it("cuts four sentences a piece, the last one shorter", () => {
    const pieces = cutIntoPieces(Array.from({ length: 6 }, () => SENTENCE).join("  \n"));
    expect(pieces).toEqual([Array(4).fill(SENTENCE).join(" "), `${SENTENCE} ${SENTENCE}`]);
  });

  it("leaves out pieces that are too short to say anything", () => {
    expect(cutIntoPieces("Fellow citizens.")).toEqual([]);
    expect(cutIntoPieces("")).toEqual([]);
  });

  it("bounds a piece without sentence ends", () => {
    expect(cutIntoPieces("word ".repeat(5_000))[0]!.length).toBeLessThanOrEqual(6_000);
  });
});

describe("loadDefaultCorpus", () => {
  it("has pieces enough for five generations", () => {
    const corpus = loadDefaultCorpus();
    expect(corpus.pieces.length).toBeGreaterThanOrEqual(piecesNeeded(LAB_SIZES));
    expect(corpus.licence).toBe("CC0-1.0");
  });
});

describe("loadCorpusFile", () => {
  let directory = "";
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "lab-corpus-"));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  async function load(...lines: string[]): Promise<unknown> {
    const path = join(directory, "corpus.jsonl");
    await writeFile(path, lines.join("\n"));
    return loadCorpusFile(path).catch((error: unknown) => error);
  }
  const good = JSON.stringify({ text: `${SENTENCE} ${SENTENCE}`, bucket: "mail" });

  it("reads texts, skips empty lines and names the file", async () => {
    const corpus = await load(good, "", good);
    expect(corpus).toMatchObject({
      name: "corpus.jsonl",
      pieces: [`${SENTENCE} ${SENTENCE}`, `${SENTENCE} ${SENTENCE}`],
    });
  });

  it.each([
    ["not JSON", "text without braces", /line 2: not JSON; each line must be a JSON object/],
    ["no object", "[1]", /line 2: not an object/],
    ["no text", '{"body": "x"}', /line 2: "text" is missing/],
    ["empty text", '{"text": " "}', /line 2: "text" is missing, empty/],
    ["text of another type", '{"text": 5}', /line 2: "text" is missing, empty or not a string/],
    ["bucket of another type", '{"text": "x", "bucket": 5}', /line 2: "bucket" is not a string/],
  ])("names line and shape: %s", async (_, line, message) => {
    const error = await load(good, line);
    expect(error).toBeInstanceOf(CorpusError);
    expect((error as Error).message).toMatch(message);
  });

  it("names a file that is not there", async () => {
    const error = await loadCorpusFile(join(directory, "absent.jsonl")).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CorpusError);
    expect((error as Error).message).toMatch(/absent\.jsonl cannot be read/);
  });
});
