/**
 * Runs after every install: mends the Kafka client and compiles the one file again. node-rdkafka 3.6.1 never frees the offsets it
 * sends with a transaction, so a service grew by 88 bytes a partition and transaction for as long as it ran, beside a flat heap
 * (docs/adr/0028). Does nothing where the client is absent, which is optional, or mended already.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const LEAKING = "ProducerSendOffsetsToTransaction::~ProducerSendOffsetsToTransaction() {}";
const MENDED = `ProducerSendOffsetsToTransaction::~ProducerSendOffsetsToTransaction() {
  RdKafka::TopicPartition::destroy(m_topic_partitions);
}`;

/** The source with the offsets freed; null where it is neither as we know it nor mended. */
function mended(source) {
  if (source.includes(MENDED)) return source;
  return source.includes(LEAKING) ? source.replace(LEAKING, MENDED) : null;
}

/** Mends the client in `directory`, and compiles it again where it was compiled. Returns what to say; "" where all is well. */
function mendClient(directory) {
  const path = join(directory, "src/workers.cc");
  if (!existsSync(path)) return "";
  const source = readFileSync(path, "utf8");
  const better = mended(source);
  if (better === null) {
    return "this node-rdkafka is not the one infra/setup/mend-kafka-client.mjs knows: see whether it frees the offsets of a transaction";
  }
  if (better === source) return "";
  writeFileSync(path, better);
  if (!existsSync(join(directory, "build/Release/node-librdkafka.node"))) return "";
  // Through npm, which brings the compiler's front end along.
  const built = spawnSync("npm", ["run", "--silent", "build"], { cwd: directory, encoding: "utf8" });
  if (built.status === 0) return "";
  writeFileSync(path, source);
  const why = built.error?.message ?? built.stderr.trim().split("\n").slice(-5).join("\n");
  return `the Kafka client could not be compiled again and loses 88 bytes of memory a transaction:\n${why}`;
}

const said = mendClient(join(import.meta.dirname, "../../node_modules/node-rdkafka"));
if (said !== "") process.stderr.write(`${said}\n`);
