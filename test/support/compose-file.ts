/** infra/compose.yaml as data, with what its containers are built from. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

export const INFRA = join(import.meta.dirname, "../../infra");

export interface ComposeService {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly restart: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly stop_grace_period?: string;
  readonly profiles?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly disable?: boolean; readonly test?: readonly string[] };
  readonly deploy?: {
    readonly resources: { readonly limits: { readonly cpus: string; readonly memory: string } };
  };
  readonly logging?: { readonly options: Readonly<Record<string, string>> };
}

export interface ComposeFile {
  readonly name: string;
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes: Readonly<Record<string, null>>;
}

export function readInfra(path: string): string {
  return readFileSync(join(INFRA, path), "utf8");
}

export function readYaml<T>(path: string): T {
  return parse(readInfra(path), { merge: true }) as T;
}

/** Services made from our own image. */
export function ownServices({ services }: ComposeFile): readonly (readonly [string, ComposeService])[] {
  return Object.entries(services).filter(([, { build }]) => build !== undefined);
}

export interface DockerInstruction {
  readonly name: string;
  readonly rest: string;
}

/** Instructions of the Dockerfile in order, continued lines joined, comments left out. */
export function dockerInstructions(): readonly DockerInstruction[] {
  return readInfra("Dockerfile")
    .replaceAll(/^#.*\n/gm, "")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const at = line.indexOf(" ");
      return { name: line.slice(0, at), rest: line.slice(at + 1) };
    });
}

/** Variables that the image sets. */
export function imageEnvironment(): Readonly<Record<string, string>> {
  const pairs = dockerInstructions()
    .filter(({ name }) => name === "ENV")
    .flatMap(({ rest }) => rest.trim().split(/\s+/))
    .map((pair): [string, string] => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]);
  return Object.fromEntries(pairs);
}
