/** Bundles the page: TypeScript and one stylesheet to a few static files. Needs the development packages. */
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { build } from "esbuild";

export interface BundledFile {
  readonly name: string;
  readonly body: Uint8Array;
}

/** Files of the folder `client`: the page, the entry, a chunk for each page that is loaded when it is opened. */
export async function bundleClient(sources: string): Promise<readonly BundledFile[]> {
  const { outputFiles } = await build({
    entryPoints: [join(sources, "console.tsx"), join(sources, "console.css")],
    outdir: join(sources, "out"),
    write: false,
    bundle: true,
    splitting: true,
    format: "esm",
    target: ["es2022"],
    minify: true,
    jsx: "automatic",
    jsxImportSource: "preact",
    chunkNames: "chunk-[hash]",
    entryNames: "[name]",
    legalComments: "none",
    logLevel: "silent",
  });
  const pages = ["page.html", "mark.svg"].map(async (name) => ({
    name,
    body: await readFile(join(sources, name)),
  }));
  return [
    ...outputFiles.map(({ path, contents }) => ({ name: basename(path), body: contents })),
    ...(await Promise.all(pages)),
  ];
}
