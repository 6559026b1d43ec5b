/**
 * A TypeScript program as one file that Node runs by itself. Under `tsx` every process translates every module again, and every
 * function made inside another is given its name when it is made, which costs a hot loop a fifth of its time.
 */
import { mkdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { build } from "esbuild";

/** Under the repository, where the packages that stay outside of the bundle are found. Not under version control. */
const BUNDLES_DIR = join(import.meta.dirname, "../../.plumbline/sim");

/** Path of the bundle, a name of its own in each process; whoever asked removes it. Rejects where a module does not translate. */
export async function bundleProgram(entry: string): Promise<string> {
  await mkdir(BUNDLES_DIR, { recursive: true });
  const outfile = join(BUNDLES_DIR, `${basename(entry, ".ts")}-${process.pid}.mjs`);
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    packages: "external",
    platform: "node",
    target: "node20",
    format: "esm",
    logLevel: "warning",
    plugins: [
      {
        name: "modules know where they come from",
        setup: ({ onLoad }) =>
          onLoad({ filter: /\.ts$/ }, async ({ path }) => {
            const text = await readFile(path, "utf8");
            return {
              loader: "ts",
              contents: text.replaceAll("import.meta.dirname", JSON.stringify(dirname(path))),
            };
          }),
      },
    ],
  });
  return outfile;
}
