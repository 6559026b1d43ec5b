/** Fuzz targets: everything that reads records, headers and checkpoints of the log. */
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { type Codec, createCodec, FRAME_BYTES } from "../../services/adapters/avro/codec.ts";
import { createRecordDecoder } from "../../services/adapters/avro/decode-record.ts";
import { type Input, REJECT_CODES } from "../../services/core/input.ts";
import { decodeForwardNote, FORWARD_HEADER } from "../../services/core/record-headers.ts";
import type { CommandRecord } from "../../services/core/records.ts";
import { TOPIC_NAMES, type TopicName } from "../../services/core/topics.ts";
import type { LogRecord } from "../../services/ports.ts";
import { signCommand, verifyCommand } from "../../services/runtime/command-signing.ts";
import { cutRecord, tickRecord } from "../../services/runtime/control-records.ts";
import type { FuzzTarget } from "./fuzz.ts";
import { hostileRecord } from "./hostile-record.ts";
import type { Mutator } from "./mutator.ts";
import { commandOf } from "./producers.ts";
import type { RealRecord, RealRecords } from "./real-records.ts";
import { ABSORBED, logRecord } from "./wire-records.ts";

/** "At most a few hundred characters" (`Refusal`). */
const DETAIL_CHARS_MAX = 1_000;

const codec = createCodec();
const decode = createRecordDecoder(codec, "t.");

export function wireTargets(real: RealRecords): FuzzTarget[] {
  return [
    ...TOPIC_NAMES.map((topic) => recordTarget(topic, real)),
    ...TOPIC_NAMES.map((topic) => fieldsTarget(topic, real)),
    controlTarget(),
    noteTarget(real),
    signatureTarget(),
  ];
}

function valuesOf(real: RealRecords, topic: TopicName): Uint8Array[] {
  return real.byTopic.get(topic)!.flatMap(({ value }) => (value === null ? [] : [value]));
}

/** Damaged bytes of a topic's records, some spliced with those of another topic. */
function recordTarget(topic: TopicName, real: RealRecords): FuzzTarget {
  const own = valuesOf(real, topic);
  const foreign = TOPIC_NAMES.flatMap((name) => valuesOf(real, name));
  return {
    name: `record/${topic}`,
    weight: 20,
    outcomes: ["read", "decode_failed", "schema_unknown"],
    draw(mutator) {
      const other = mutator.pick(mutator.chance(3) ? foreign : own);
      const value = mutator.framed(mutator.pick(own), other, FRAME_BYTES);
      return { input: value, run: () => decoded(topic, value) };
    },
  };
}

/** Records that are well formed and hold odd values: what only a wrong or hostile program would write. */
function fieldsTarget(topic: TopicName, real: RealRecords): FuzzTarget {
  const records = valuesOf(real, topic).flatMap((value) => {
    const found = codec.decodeGeneric(topic, value);
    return found.ok ? [found.record as object] : [];
  });
  return {
    name: `fields/${topic}`,
    weight: 8,
    outcomes: ["read"],
    draw(mutator) {
      const value = hostileBytes(codec, topic, mutator.pick(records), mutator);
      return { input: value, run: () => decoded(topic, value) };
    },
  };
}

/** The bytes of a record with hostile fields; of the record itself where they cannot be written. */
export function hostileBytes(on: Codec, topic: TopicName, record: object, mutator: Mutator): Uint8Array {
  const hostile = hostileRecord(record, mutator);
  const fits = on.problemsOf(topic, hostile).length === 0;
  return on.encode(topic, (fits ? hostile : record) as never);
}

/** Decodes in every way there is and holds the answers against each other. Returns `read` or the code of the refusal. */
function decoded(topic: TopicName, value: Uint8Array): string {
  const walker = codec.walkerOf(topic);
  const walked = codec.walk(topic, value, walker.newRow());
  const generic = codec.decodeGeneric(topic, value);
  if (walked.ok !== generic.ok) throw new Error("the walker and the library disagree");
  let code: string = "read";
  if (ABSORBED.includes(topic)) {
    const input = decode(logRecord(topic, value, { [FORWARD_HEADER]: "7 1 1 " }));
    code = outcomeOf(input, value);
    if (!generic.ok && code === "read") throw new Error("absorbed what cannot be decoded");
  }
  if (!generic.ok) {
    checkRefusal(generic.code, generic.detail);
    return generic.code;
  }
  const again = codec.encode(topic, generic.record as never);
  const reread = codec.decodeGeneric(topic, again);
  if (!reread.ok) throw new Error(`what was read cannot be read again: ${reread.detail}`);
  if (Buffer.compare(codec.encode(topic, reread.record as never), again) !== 0) {
    throw new Error("a record changes when it is written again");
  }
  return code;
}

function outcomeOf(input: Input, value: Uint8Array | null): string {
  if (input.kind !== "unreadable") return "read";
  checkRefusal(input.code, input.detail);
  if (value !== null && input.raw !== value) throw new Error("the bytes set aside are not those that came");
  return input.code;
}

function checkRefusal(code: string, detail: string): void {
  if (!(REJECT_CODES as readonly string[]).includes(code)) throw new Error(`no such code: ${code}`);
  if (detail === "" || detail.length > DETAIL_CHARS_MAX)
    throw new Error(`detail of ${detail.length} characters`);
}

function controlTarget(): FuzzTarget {
  const cut = {
    ranges: [
      { topic: "samples", partition: 0, from: 0, to: 1_000 },
      { topic: "windows", partition: 3, from: 41, to: 63 },
    ],
    revisions: { gates: "4711", policy: "0123456789abcdef" },
  };
  const seeds = [
    tickRecord("t.samples.v1", 0, 1_750_000_000_000),
    cutRecord("t.admitted.v1", 0, cut),
  ].flatMap(({ headers }) => Object.entries(headers ?? {}));
  return {
    name: "control headers",
    weight: 60,
    outcomes: ["tick", "cut", "decode_failed"],
    draw(mutator) {
      const [header, text] = mutator.pick(seeds);
      const damaged = mutator.text(text, mutator.pick(seeds)[1]);
      return {
        input: `${header}: ${damaged}`,
        run: () => controlOutcome(logRecord("admitted", null, { [header]: damaged })),
      };
    },
  };
}

function controlOutcome(record: LogRecord): string {
  const input = decode(record);
  if (input.kind === "tick") {
    if (!(input.watermarkMs >= 0 && input.watermarkMs < 4_102_444_800_000))
      throw new Error(`tick ${input.watermarkMs}`);
  } else if (input.kind === "cut") {
    for (const { topic, partition, from, to } of input.cut.ranges) {
      const sound =
        typeof topic === "string" && partition >= 0 && from >= 0 && from <= to && Number.isSafeInteger(to);
      if (!sound) throw new Error("a cut of no offsets");
    }
    if (!Object.values(input.cut.revisions).every((revision) => typeof revision === "string"))
      throw new Error("revisions");
  } else return outcomeOf(input, null);
  return input.kind;
}

/** The gatekeeper's note on a forwarded sample. */
function noteTarget(real: RealRecords): FuzzTarget {
  const forwarded: RealRecord[] = [
    ...real.byTopic.get("admitted")!,
    ...real.byTopic.get("quarantined")!,
  ].filter(({ value }) => value !== null);
  return {
    name: "forward header",
    weight: 40,
    outcomes: ["noted", "no note"],
    draw(mutator) {
      const { value, headers } = mutator.pick(forwarded);
      const text = headers[FORWARD_HEADER]!;
      const damaged = mutator.text(text, mutator.pick(forwarded).headers[FORWARD_HEADER]!);
      return {
        input: damaged,
        run() {
          const input = decode(logRecord("quarantined", value, { [FORWARD_HEADER]: damaged }));
          if (input.kind !== "judged") throw new Error(`a header made a sample ${input.kind}`);
          const note = decodeForwardNote(damaged);
          if (note === null) return "no note";
          if (!(note.sourceOffset >= 0 && note.gateRevision >= 0)) throw new Error("a note without numbers");
          return "noted";
        },
      };
    },
  };
}

/** Commands: no damage of a signed one may pass for signed. */
function signatureTarget(): FuzzTarget {
  const { privateKey } = generateKeyPairSync("ed25519");
  const publicKey = createPublicKey(privateKey);
  const { keyId: _keyId, signature: _signature, ...unsigned } = commandOf("c-1") as CommandRecord;
  const signed = signCommand(unsigned, privateKey);
  const value = codec.encode("commands", signed);
  return {
    name: "command signature",
    weight: 10,
    outcomes: ["refused", "unreadable"],
    draw(mutator) {
      const bytes = mutator.chance(2)
        ? mutator.framed(value, value, FRAME_BYTES)
        : hostileBytes(codec, "commands", signed, mutator);
      return {
        input: bytes,
        run() {
          const found = codec.decodeGeneric("commands", bytes);
          if (!found.ok) return "unreadable";
          const command = found.record as CommandRecord;
          if (!verifyCommand(command, publicKey)) return "refused";
          const same = Buffer.compare(codec.encode("commands", command), value) === 0;
          if (!same) throw new Error("a changed command passes for signed");
          return "unchanged";
        },
      };
    },
  };
}
