import { closeSync, createReadStream, openSync, readSync } from "node:fs";
import { CliError, type Io } from "../io.ts";
import { type Line, LineSplitter } from "./line-splitter.ts";

const CHUNK_BYTES = 1_048_576;
/** Name of standard input where a file is expected. */
export const STDIN = "-";

/** Lines of a file, or of standard input for "-", one batch a chunk. Rejects with `CliError` where it cannot be read. */
export async function* readLines(path: string, io: Io): AsyncGenerator<Iterable<Line>> {
  const splitter = new LineSplitter();
  const source: AsyncIterable<Uint8Array> =
    path === STDIN ? io.stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES });
  try {
    for await (const chunk of source) yield splitter.push(chunk);
  } catch (error) {
    throw unreadable(path, error);
  }
  yield splitter.end();
}

/** The same, at once, for what must be read in one go. */
export function* readLinesSync(path: string): Generator<Line> {
  const splitter = new LineSplitter();
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    throw unreadable(path, error);
  }
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    for (;;) {
      let bytesRead: number;
      try {
        bytesRead = readSync(file, chunk, 0, CHUNK_BYTES, null);
      } catch (error) {
        throw unreadable(path, error);
      }
      if (bytesRead === 0) break;
      yield* splitter.push(chunk.subarray(0, bytesRead));
    }
    yield* splitter.end();
  } finally {
    closeSync(file);
  }
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a directory",
  EACCES: "it may not be read by this user",
};

/** The error of a file system call in words. An error that is none is passed through as it is. */
export function unreadable(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined || !(error instanceof Error) || !("syscall" in error)) return error;
  return new CliError(`${path} cannot be read: ${WHY[code] ?? code}; check the path`, 2, error);
}
