/** Fuzz targets: records on their way into the store's blocks. A row that cannot be written would stop the recorder for good. */
import { createCodec, FRAME_BYTES } from "../../services/adapters/avro/codec.ts";
import { createRecordDecoder } from "../../services/adapters/avro/decode-record.ts";
import { FORWARD_HEADER } from "../../services/core/record-headers.ts";
import type { TopicName } from "../../services/core/topics.ts";
import { RECORDED_TOPICS, tablesOf } from "../../services/recorder/rows-by-topic.ts";
import { TableBlock } from "../../services/recorder/table-block.ts";
import { createTopicReader } from "../../services/recorder/topic-reader.ts";
import type { FuzzTarget } from "./fuzz.ts";
import { hostileBytes } from "./fuzz-wire.ts";
import type { RealRecords } from "./real-records.ts";
import { MIGRATED_TABLES } from "./table-rows.ts";
import { logRecord } from "./wire-records.ts";

const codec = createCodec();
const decode = createRecordDecoder(codec, "t.");
/** Topics that the recorder and the core must refuse alike: history holds what windows count. */
const ALIKE: readonly TopicName[] = ["interactions", "outcomes", "evaluations", "training"];
const ORIGIN = {
  _cluster: "c",
  _topic: "t",
  _epoch: 0,
  _partition: 2,
  _offset: 41,
  _append_time: 1_750_000_001_000,
  _day: 20_254,
};

export function recorderTargets(real: RealRecords): FuzzTarget[] {
  return RECORDED_TOPICS.map((topic) => rowsTarget(topic, real));
}

function rowsTarget(topic: TopicName, real: RealRecords): FuzzTarget {
  const values = real.byTopic.get(topic)!.flatMap(({ value }) => (value === null ? [] : [value]));
  const reader = createTopicReader(topic, codec, MIGRATED_TABLES);
  const blocks = tablesOf(topic).map((table) => new TableBlock(table, MIGRATED_TABLES.get(table)!));
  return {
    name: `rows/${topic}`,
    weight: 6,
    outcomes: ["written", "decode_failed"],
    draw(mutator) {
      const good = mutator.pick(values);
      const decoded = codec.decodeGeneric(topic, good);
      const value =
        mutator.chance(2) || !decoded.ok
          ? mutator.framed(good, mutator.pick(values), FRAME_BYTES)
          : hostileBytes(codec, topic, decoded.record, mutator);
      const headers = { [FORWARD_HEADER]: mutator.text("4711 7 1 lane_frozen,duplicate_id", "0 0 0 ") };
      return {
        input: value,
        run() {
          const record = logRecord(topic, value, headers);
          const refused = reader.read(record);
          if (ALIKE.includes(topic)) {
            const input = decode(record);
            const code = input.kind === "unreadable" ? input.code : null;
            if (code !== (refused?.code ?? null))
              throw new Error(`the core says ${code}, the recorder ${refused?.code}`);
          }
          if (refused !== null) return refused.code;
          for (const block of blocks) {
            // The table of what could not be read has no row of a record that could.
            if (reader.rowsIn(block.table) === 0) continue;
            reader.append(block, ORIGIN);
            if (block.encode().rows !== reader.rowsIn(block.table)) throw new Error(`rows of ${block.table}`);
            block.clear();
          }
          return "written";
        },
      };
    },
  };
}
