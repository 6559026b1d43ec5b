/** Rules and lanes for a command: files the user named, or those that come with the product. */
import { join, resolve } from "node:path";
import { METRICS } from "../core/catalogue.generated.ts";
import { Catalogue } from "../core/catalogue.ts";
import { policyDirectory } from "../runtime/policy-directory.ts";
import { loadPolicyFiles, type PolicyContent } from "../runtime/policy-files.ts";
import { CliError, type Io } from "./io.ts";
import { visible } from "./table.ts";

export interface PolicyFileOptions {
  readonly rules?: string | undefined;
  readonly lanes?: string | undefined;
}

/** The catalogue every command measures with. */
export function productCatalogue(): Catalogue {
  return new Catalogue(METRICS);
}

/** Whether the user named a file of rules or lanes, by an option or in the environment. */
export function namesFiles(given: PolicyFileOptions, { env }: Io): boolean {
  const named = [given.rules, given.lanes, env.PLUMBLINE_RULES, env.PLUMBLINE_LANES];
  return named.some((path) => path !== undefined && path.trim() !== "");
}

/** Absolute paths of the rules file and the lanes file: the option, else the environment, else what comes with the product. */
export function policyPaths(
  given: PolicyFileOptions,
  io: Io,
): { readonly rulesPath: string; readonly lanesPath: string } {
  const path = (option: string | undefined, variable: string | undefined, name: string): string => {
    const chosen = option ?? (variable?.trim() || undefined);
    return chosen === undefined ? join(policyDirectory(), name) : resolve(io.cwd, chosen);
  };
  return {
    rulesPath: path(given.rules, io.env.PLUMBLINE_RULES, "rules.yaml"),
    lanesPath: path(given.lanes, io.env.PLUMBLINE_LANES, "lanes.yaml"),
  };
}

/** Throws `CliError` with every problem of both files, one a line, as `file:line: message`. */
export function loadPolicy(given: PolicyFileOptions, catalogue: Catalogue, io: Io): PolicyContent {
  const loaded = loadPolicyFiles({ ...policyPaths(given, io), catalogue });
  if (loaded.ok) return loaded;
  const lines = loaded.problems.map(({ file, line, message }) => `${file}:${line}: ${visible(message)}`);
  throw new CliError(`the rules or lanes cannot be used:\n${lines.join("\n")}`);
}
