/** What every install does to the Kafka client, on a made-up one and on the one that is installed. */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeTempDir } from "../../support/run-command.ts";

const REPOSITORY = join(import.meta.dirname, "../../..");
const SCRIPT = "infra/setup/mend-kafka-client.mjs";
const CLIENT = "node_modules/node-rdkafka";
const LEAKS = "A::~A() {}\nProducerSendOffsetsToTransaction::~ProducerSendOffsetsToTransaction() {}\n";

describe("mending the Kafka client", () => {
  let dir: ReturnType<typeof makeTempDir>;
  beforeEach(() => {
    dir = makeTempDir();
    mkdirSync(join(dir.path, "infra/setup"), { recursive: true });
    copyFileSync(join(REPOSITORY, SCRIPT), join(dir.path, SCRIPT));
  });
  afterEach(() => dir.remove());

  const source = (): string => join(dir.path, CLIENT, "src/workers.cc");
  function install(text: string): void {
    mkdirSync(join(dir.path, CLIENT, "src"), { recursive: true });
    writeFileSync(source(), text);
  }
  function mend(): string {
    const { status, stderr } = spawnSync(process.execPath, [join(dir.path, SCRIPT)], { encoding: "utf8" });
    expect(status).toBe(0);
    return stderr;
  }

  it("frees the offsets of a transaction, once", () => {
    install(LEAKS);
    expect(mend()).toBe("");
    const mended = readFileSync(source(), "utf8");
    expect(mended).toContain("TopicPartition::destroy(m_topic_partitions);");
    expect(mended).toContain("A::~A() {}");
    expect(mend()).toBe("");
    expect(readFileSync(source(), "utf8")).toBe(mended);
  });

  it("leaves alone what it does not know, and says so", () => {
    install("another release\n");
    expect(mend()).toContain("is not the one");
    expect(readFileSync(source(), "utf8")).toBe("another release\n");
  });

  it("keeps a client that cannot be compiled again", () => {
    install(LEAKS);
    mkdirSync(join(dir.path, CLIENT, "build/Release"), { recursive: true });
    writeFileSync(join(dir.path, CLIENT, "build/Release/node-librdkafka.node"), "");
    writeFileSync(
      join(dir.path, CLIENT, "package.json"),
      '{"scripts":{"build":"echo no compiler >&2; exit 1"}}',
    );
    expect(mend()).toContain("no compiler");
    expect(readFileSync(source(), "utf8")).toBe(LEAKS);
  });

  it("does nothing where there is no client", () => {
    expect(mend()).toBe("");
  });

  const built = join(REPOSITORY, CLIENT, "build/Release/node-librdkafka.node");
  it.runIf(existsSync(built))("was done to the client that is installed, before it was last compiled", () => {
    const workers = join(REPOSITORY, CLIENT, "src/workers.cc");
    expect(readFileSync(workers, "utf8")).toContain("~ProducerSendOffsetsToTransaction() {\n  RdKafka::");
    expect(statSync(built).mtimeMs).toBeGreaterThanOrEqual(statSync(workers).mtimeMs);
  });
});
