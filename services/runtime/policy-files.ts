/** The rules file and the lanes file, read whole and checked whole: every problem of both at once, with its line. */
import { readFileSync } from "node:fs";
import type { Catalogue } from "../core/catalogue.ts";
import type { Policy } from "../core/policy.ts";
import type { Rule } from "../core/rule.ts";
import { contentVersion } from "./canonical-json.ts";
import { readLanes } from "./read-lanes.ts";
import { readRules } from "./read-rules.ts";
import { type FileProblem, YamlFile } from "./yaml-file.ts";

export interface PolicyPaths {
  readonly rulesPath: string;
  readonly lanesPath: string;
  /** What rules may name. */
  readonly catalogue: Catalogue;
}

export interface PolicyContent {
  readonly policy: Policy;
  /** In the file's order: the order verdicts list them in. */
  readonly rules: readonly Rule[];
  /** 16 hex digits; the same rules give the same version, whatever the file's comments and layout. */
  readonly rulesVersion: string;
}

export type LoadedPolicy =
  | ({ readonly ok: true } & PolicyContent)
  /** Sorted by file and line; a file that cannot be read is one problem on line 1. */
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

/** Reads both files. Never throws for their content. */
export function loadPolicyFiles({ rulesPath, lanesPath, catalogue }: PolicyPaths): LoadedPolicy {
  const rulesFile = openYaml(rulesPath);
  const lanesFile = openYaml(lanesPath);
  const rules = rulesFile.problems.length > 0 ? [] : readRules(rulesFile, catalogue);
  const lanes = lanesFile.problems.length > 0 ? null : readLanes(lanesFile, catalogue);
  const problems = [...byLine(rulesFile), ...byLine(lanesFile)];
  if (problems.length > 0 || lanes === null) return { ok: false, problems };
  return { ok: true, ...versioned(lanes, rules) };
}

/** Gives lanes and rules the version of their content. */
export function versioned(lanes: Omit<Policy, "version">, rules: readonly Rule[]): PolicyContent {
  const rulesVersion = contentVersion(rules);
  const version = contentVersion({ lanes, rulesVersion });
  return { policy: { version, ...lanes }, rules, rulesVersion };
}

function openYaml(path: string): YamlFile {
  let text = "";
  let problem: string | null = null;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    problem = code === "ENOENT" ? "there is no such file" : `cannot be read (${code ?? "unknown error"})`;
  }
  const file = new YamlFile(path, text);
  if (problem !== null) file.report(1, problem);
  return file;
}

function byLine(file: YamlFile): readonly FileProblem[] {
  return file.problems.toSorted((a, b) => a.line - b.line);
}
