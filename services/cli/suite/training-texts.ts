/** Texts of a file, or those that history says were admitted to a lane's training data. */
import { resolve } from "node:path";
import type { TopicNames } from "../../runtime/topics.ts";
import { CliError, type Io, printLine } from "../io.ts";
import { BadLines, parseObject } from "../lines/bad-lines.ts";
import { LineSplitter } from "../lines/line-splitter.ts";
import { readLines, STDIN } from "../lines/read-lines.ts";
import { DEFAULT_FIELDS, parseTextLine, type TextLine } from "../lines/text-line.ts";
import { askSql } from "../sql-client.ts";
import { visible } from "../table.ts";

const ADMITTED_SQL = `
SELECT input, output
FROM texts
WHERE kind = 'sample' AND lane = {lane:String} AND _topic = {topic:String}`;

/** Calls `take` with every text of the file and its line number. Lines that cannot be used are said on stderr; throws where none can. */
export async function eachText(
  path: string,
  textField: string,
  io: Io,
  take: (line: TextLine, lineNumber: number) => void,
): Promise<void> {
  const fields = { ...DEFAULT_FIELDS, text: textField };
  const badLines = new BadLines(path);
  for await (const chunk of readLines(path === STDIN ? STDIN : resolve(io.cwd, path), io)) {
    for (const line of chunk) {
      const parsed = parseTextLine(line, fields);
      if (!parsed.ok) {
        badLines.bad(line.number, parsed.bad);
        continue;
      }
      badLines.good();
      take(parsed.value, line.number);
    }
  }
  badLines.finish();
  for (const note of badLines.lines()) printLine(io.stderr, `${path}: ${note}`);
}

/** Calls `take` with prompt and output of every sample admitted to the lane whose text is still kept. Throws where there is none. */
export async function eachAdmittedText(
  address: string,
  names: TopicNames,
  lane: string,
  take: (text: string) => void,
): Promise<void> {
  const splitter = new LineSplitter();
  let samples = 0;
  const takeLine = (text: string | null): void => {
    const parsed = text === null ? null : parseObject(text);
    if (parsed?.ok !== true) return;
    samples += 1;
    for (const field of ["input", "output"]) {
      const value = parsed.value[field];
      if (typeof value === "string" && value !== "") take(value);
    }
  };
  const parameters = { lane, topic: names.full("admitted") };
  await askSql(address, { sql: ADMITTED_SQL, parameters, format: "JSONEachRow" }, (chunk) => {
    for (const { text } of splitter.push(chunk)) takeLine(text);
  });
  for (const { text } of splitter.end()) takeLine(text);
  if (samples === 0) {
    throw new CliError(
      `no text of an admitted sample of lane ${visible(lane)} is in the history; give --training FILE`,
    );
  }
}
