/** Files printed from something else: written, or compared with what is on disk. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface PrintedFile {
  /** Path inside the repository. */
  readonly path: string;
  readonly text: string;
}

/** The repository's root, with a slash at its end. */
export const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));

/** Writes the files; with `check` compares them and returns the paths that differ or are missing. */
export function printFiles(files: readonly PrintedFile[], check: boolean): readonly string[] {
  if (check) return files.filter(({ path, text }) => onDisk(path) !== text).map(({ path }) => path);
  for (const { path, text } of files) writeFileSync(REPOSITORY + path, text);
  return [];
}

/** The command line of a printer: writes, or with `--check` names what differs from `source` and exits 1. */
export function printCommand(files: readonly PrintedFile[], source: string, args: readonly string[]): void {
  for (const path of printFiles(files, args.includes("--check"))) {
    process.stderr.write(`${path} differs from ${source}: run \`make generate\`\n`);
    process.exitCode = 1;
  }
}

function onDisk(path: string): string | null {
  try {
    return readFileSync(REPOSITORY + path, "utf8");
  } catch {
    return null;
  }
}
