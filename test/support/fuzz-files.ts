/** Fuzz targets: what people and other programs hand in — lines, policy files, SQL requests, environment variables. */

import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { createCodec } from "../../services/adapters/avro/codec.ts";
import { INGEST_TOPICS } from "../../services/cli/ingest/record-from-line.ts";
import { sendFile } from "../../services/cli/ingest/send-file.ts";
import { CliError } from "../../services/cli/io.ts";
import { BadLines } from "../../services/cli/lines/bad-lines.ts";
import { type Line, LineSplitter } from "../../services/cli/lines/line-splitter.ts";
import { DEFAULT_FIELDS, parseTextLine } from "../../services/cli/lines/text-line.ts";
import { TextScan } from "../../services/cli/scan/text-scan.ts";
import { readSqlRequest } from "../../services/console/sql-request.ts";
import { METRICS } from "../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../services/core/catalogue.ts";
import { loadConfig } from "../../services/runtime/config.ts";
import { VARIABLES } from "../../services/runtime/environment-reader.ts";
import { policyDirectory } from "../../services/runtime/policy-directory.ts";
import { readLanes } from "../../services/runtime/read-lanes.ts";
import { readRules } from "../../services/runtime/read-rules.ts";
import { TopicNames } from "../../services/runtime/topics.ts";
import { YamlFile } from "../../services/runtime/yaml-file.ts";
import type { FuzzTarget } from "./fuzz.ts";
import { testPolicy } from "./policy.ts";
import type { RealRecords } from "./real-records.ts";

const codec = createCodec();
const catalogue = new Catalogue(METRICS);
const NOW_MS = 1_700_000_100_000;
const DETAIL_CHARS_MAX = 2_000;

export function fileTargets(real: RealRecords): FuzzTarget[] {
  return [
    ingestTarget(real),
    scanTarget(real),
    yamlTarget("rules.yaml", (file) => readRules(file, catalogue)),
    yamlTarget("lanes.yaml", (file) => readLanes(file, catalogue)),
    yamlTarget("lab-lanes.yaml", (file) => readLanes(file, catalogue)),
    sqlTarget(),
    configTarget(),
  ];
}

/** Bytes cut into lines as a file is, in two chunks, so that a line and a character may lie across them. */
function* linesOf(bytes: Uint8Array, splitter = new LineSplitter()): Generator<Line> {
  const middle = bytes.length >> 1;
  yield* splitter.push(bytes.subarray(0, middle));
  yield* splitter.push(bytes.subarray(middle));
  yield* splitter.end();
}

function ingestTarget(real: RealRecords): FuzzTarget {
  const seeds = INGEST_TOPICS.map((topic) => {
    const lines = real.byTopic.get(topic)!.flatMap(({ value }) => {
      const decoded = value === null ? null : codec.decodeGeneric(topic, value);
      return decoded?.ok === true ? [JSON.stringify(decoded.record, asText)] : [];
    });
    return { topic, text: lines.slice(0, 3).join("\n") };
  });
  const short = `{"text": "hello", "template": "qa@3", "teacher": "big@1", "eventTime": "2023-11-14T22:15:00Z"}`;
  seeds.push({ topic: "samples", text: `${short}\n${short}` });
  const names = new TopicNames("");
  return {
    name: "ingest lines",
    weight: 40,
    outcomes: ["sent", "some sent", "refused"],
    draw(mutator) {
      const { topic, text } = mutator.pick(seeds);
      const damaged = mutator.textBytes(text, mutator.pick(seeds).text);
      return {
        input: damaged,
        async run() {
          let written = 0;
          try {
            const { sent, bad } = await sendFile({
              topic,
              lane: "support",
              nowMs: NOW_MS,
              eventTimeNow: false,
              path: "lines.jsonl",
              lines: once(linesOf(damaged)),
              writer: {
                async write(records) {
                  written += records.length;
                  for (const { value } of records) {
                    const decoded = codec.decodeGeneric(topic, value ?? null);
                    if (!decoded.ok) throw new Error(`sent what cannot be read: ${decoded.detail}`);
                  }
                },
                close: () => Promise.resolve(),
              },
              codec,
              names,
              oldestMs: NOW_MS - 86_400_000,
              onSent: () => {},
            });
            if (sent !== written) throw new Error("not all that was counted was sent");
            return bad.total > 0 ? "some sent" : "sent";
          } catch (error) {
            return inWords(error);
          }
        },
      };
    },
  };
}

async function* once(lines: Iterable<Line>): AsyncGenerator<Iterable<Line>> {
  yield lines;
}

/** Bytes have no JSON; the wire's field is optional. */
function asText(_key: string, value: unknown): unknown {
  const isBuffer =
    typeof value === "object" && value !== null && (value as { type?: unknown }).type === "Buffer";
  return isBuffer ? undefined : value;
}

function inWords(error: unknown): string {
  if (!(error instanceof CliError) || error.message === "" || error.message.length > DETAIL_CHARS_MAX)
    throw error;
  return "refused";
}

function scanTarget(real: RealRecords): FuzzTarget {
  const line = `{"id": "a1", "text": "The parcel came late, so we sent the money back.", "bucket": "refund", "template": "t@1", "origin": "model_generated"}`;
  const seed = [line, line.replace("a1", "a2"), '{"text": "no id, and another text \\ud83d\\ude42"}'].join(
    "\n",
  );
  const policy = { ...testPolicy().defaults, lane: "scan", decisionTextsMin: 2 };
  return {
    name: "scan lines",
    weight: 4,
    outcomes: ["scanned", "refused"],
    draw(mutator) {
      const damaged = mutator.textBytes(seed, seed);
      return {
        input: damaged,
        run() {
          const badLines = new BadLines("texts.jsonl");
          const scan = new TextScan(catalogue, policy);
          try {
            for (const parsedLine of linesOf(damaged)) {
              const parsed = parseTextLine(parsedLine, DEFAULT_FIELDS);
              if (parsed.ok) {
                badLines.good();
                scan.add(parsed.value, parsedLine.number);
              } else badLines.bad(parsedLine.number, parsed.bad);
            }
            badLines.finish();
          } catch (error) {
            return inWords(error);
          }
          const { rows } = scan.finish(real.reference, {
            rules: real.rules,
            rulesVersion: "v",
            policyVersion: "v",
          });
          if (rows.length === 0) throw new Error("a scan without rows");
          return "scanned";
        },
      };
    },
  };
}

function yamlTarget(name: string, read: (file: YamlFile) => unknown): FuzzTarget {
  const whole = readFileSync(`${policyDirectory()}/${name}`, "utf8").replaceAll(/^\s*#.*\n/gm, "");
  // A few entries stand for all: the time goes into the parser, and the damage should hit what is read.
  const text = whole.split("\n").slice(0, 48).join("\n");
  return {
    name: `file ${name}`,
    weight: 1,
    outcomes: ["problems"],
    draw(mutator) {
      const damaged = mutator.textBytes(text, text).toString("utf8");
      return {
        input: damaged,
        run() {
          const file = new YamlFile(name, damaged);
          if (file.problems.length === 0) read(file);
          for (const { line, message } of file.problems) {
            if (!(line >= 1) || message === "" || message.length > DETAIL_CHARS_MAX) {
              throw new Error(`line ${line}: message of ${message.length} characters`);
            }
          }
          return file.problems.length > 0 ? "problems" : "read";
        },
      };
    },
  };
}

function sqlTarget(): FuzzTarget {
  const seeds = [
    ["GET", "/?query=SELECT%201&param_lane=support%5Ct&default_format=JSONEachRow", ""],
    [
      "POST",
      "/query?query_id=abc&enable_http_compression=1&param_lanes=%5B%27a%27%5D",
      "SELECT {lanes:Array(String)}, {lane:String}",
    ],
    [
      "POST",
      "/?database=default&readonly=1&session_id=x",
      "SELECT value FROM windows WHERE lane = 'a' FORMAT CSV",
    ],
    ["GET", "/ping", ""],
  ] as const;
  return {
    name: "sql request",
    weight: 20,
    outcomes: ["statement", "ping", "refused"],
    draw(mutator) {
      const [method, target, body] = mutator.pick(seeds);
      const url = mutator.text(target, mutator.pick(seeds)[1]);
      const sent = mutator.textBytes(body, target);
      const gzip = mutator.chance(4)
        ? "gzip"
        : mutator.chance(20)
          ? mutator.pick(["br", "identity", ""])
          : undefined;
      const bytes = gzip === "gzip" && mutator.chance(2) ? mutator.bytes(gzipSync(sent), sent) : sent;
      const headers = {
        "content-encoding": gzip,
        "accept-encoding": mutator.text("gzip, br", "x"),
        "x-clickhouse-format": mutator.chance(8) ? "JSON\u0000" : undefined,
      };
      return {
        input: `${method} ${url}\n${bytes.toString("latin1")}`,
        async run() {
          const message = Object.assign(Readable.from([bytes]), { method, url, headers });
          const read = await readSqlRequest(message as unknown as IncomingMessage, 10_000);
          if (!read.ok) {
            const sound =
              read.status >= 400 &&
              read.status < 500 &&
              read.message !== "" &&
              read.message.length <= DETAIL_CHARS_MAX;
            if (!sound) throw new Error(`refused with ${read.status} and ${read.message.length} characters`);
            return "refused";
          }
          return read.request === "ping" ? "ping" : "statement";
        },
      };
    },
  };
}

function configTarget(): FuzzTarget {
  const values: Readonly<Record<string, string>> = {
    KAFKA_BROKERS: "broker-1:9092,broker-2:9092",
    KAFKA_TLS: "true",
    KAFKA_SASL_USERNAME: "ann",
    KAFKA_SASL_PASSWORD: "a secret nobody may see",
    KAFKA_SASL_MECHANISM: "scram-sha-512",
    CLICKHOUSE_URL: "https://history.example:8443/?a=b",
    CLICKHOUSE_USER: "ann",
    CLICKHOUSE_PASSWORD: "a secret nobody may see",
    PLUMBLINE_PARTITIONS: "16",
    PLUMBLINE_STOP_WITHIN: "20s",
    PLUMBLINE_LOG_LEVEL: "debug",
    PLUMBLINE_PREFIX: "run.",
  };
  return {
    name: "environment",
    weight: 10,
    outcomes: ["read", "problems"],
    draw(mutator) {
      const env: Record<string, string> = {};
      for (const [name, value] of Object.entries(values)) {
        if (mutator.chance(3)) continue;
        env[name] = mutator.chance(3) ? mutator.text(value, mutator.pick(Object.values(values))) : value;
      }
      if (mutator.chance(4)) env[mutator.text(mutator.pick(VARIABLES), "PLUMBLINE_")] = "1";
      return {
        input: JSON.stringify(env),
        run() {
          const loaded = loadConfig(env, "monitor");
          if (loaded.ok) return "read";
          for (const problem of loaded.problems) {
            if (problem === "" || problem.length > DETAIL_CHARS_MAX)
              throw new Error("a problem without words");
            if (problem.includes("nobody may see")) throw new Error("a secret in a problem");
          }
          return "problems";
        },
      };
    },
  };
}
