/** Rules and lanes for a command that asks about a run: files the user named, else what the run published. */
import type { PolicyContent } from "../runtime/policy-files.ts";
import { readPolicyTopic } from "../runtime/policy-topic.ts";
import { CliError, type Io } from "./io.ts";
import { loadPolicy, namesFiles, type PolicyFileOptions, productCatalogue } from "./policy.ts";
import { openLog, type Surroundings } from "./surroundings.ts";

/** For `--help`. */
export const IN_FORCE = "default: the environment's, else what is published; without Kafka the product's";

/**
 * Where no cluster is known there is only what comes with the product. Throws `CliError` where the cluster does not answer
 * or what it holds cannot be used: a report by another policy than the one that decided would be wrong without saying so.
 */
export async function policyInForce(
  given: PolicyFileOptions,
  surroundings: Surroundings,
  io: Io,
): Promise<PolicyContent> {
  const { config, run, names } = surroundings;
  const hasCluster = config.kafka !== null || run.state === "running";
  const fromFiles = (): PolicyContent => loadPolicy(given, productCatalogue(), io);
  if (namesFiles(given, io) || !hasCluster) return fromFiles();
  try {
    const { log, codec, close } = await openLog(surroundings);
    try {
      return (await readPolicyTopic(log, codec, names.prefix)) ?? fromFiles();
    } finally {
      await close();
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError(`the published policy cannot be read: ${why}; --lanes FILE does without`, 2, error);
  }
}
