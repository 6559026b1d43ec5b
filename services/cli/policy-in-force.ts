/** Rules and lanes for a command that asks about a run: files the user named, else what the run published. */
import type { Catalogue } from "../core/catalogue.ts";
import type { PolicyContent } from "../runtime/policy-files.ts";
import { readPolicyTopic } from "../runtime/policy-topic.ts";
import { CliError, type Io } from "./io.ts";
import { loadPolicy, namesFiles, type PolicyFileOptions } from "./policy.ts";
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
  catalogue: Catalogue,
  io: Io,
): Promise<PolicyContent> {
  const { config, run, names } = surroundings;
  const hasCluster = config.kafka !== null || run.state === "running";
  if (namesFiles(given, io) || !hasCluster) return loadPolicy(given, catalogue, io);
  try {
    const { log, codec, close } = await openLog(surroundings);
    try {
      return (await readPolicyTopic(log, codec, names.prefix)) ?? loadPolicy(given, catalogue, io);
    } finally {
      await close();
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError(`the published policy cannot be read: ${why}; --lanes FILE does without`, 2, error);
  }
}
