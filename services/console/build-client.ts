/** Writes the bundled page beside the compiled services; part of the build. */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundleClient } from "./bundle-client.ts";

const target = join(import.meta.dirname, "../../dist/services/console/client-files");
const files = await bundleClient(join(import.meta.dirname, "client"));
await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });
for (const { name, body } of files) await writeFile(join(target, name), body);
