import { expect, it } from "vitest";
import { Random } from "../../services/core/random.ts";
import { readCompacted } from "../../services/runtime/read-partition.ts";
import { TopicNames } from "../../services/runtime/topics.ts";
import { Scheduler } from "./scheduler.ts";
import { SimBroker } from "./sim-broker.ts";
import { SimLog } from "./sim-log.ts";
import { SimProcess } from "./sim-process.ts";

const CALM = { latencyMs: 1, slowShare: 0, slowMs: 1, refusedShare: 0, replyLostShare: 0, storeLieShare: 0 };

it("a start reads its own committed state, also behind another service's open transaction", async () => {
  const scheduler = new Scheduler(1_700_000_000_000);
  const names = new TopicNames("sim.");
  const broker = new SimBroker({ nowMs: () => scheduler.nowMs, prefix: names.prefix, partitions: 1 });
  const value = new Uint8Array([1]);
  const state = (key: string) => ({ topic: names.full("state"), partition: 0, key, value });
  const monitors = broker.begin("monitor", broker.nextEpoch("monitor"));
  broker.write(monitors, [state("monitor/0/checkpoint")]);
  const governors = broker.begin("governor", broker.nextEpoch("governor"));
  broker.write(governors, [state("governor/0/clock")]);
  broker.commit(governors);
  scheduler.at(500, () => broker.commit(monitors));

  const log = new SimLog(broker, new SimProcess("governor", scheduler, new Random(1), CALM));
  let keys: string[] | null = null;
  const reading = readCompacted(log, names.full("state"), 0).then((latest) => {
    keys = [...latest.keys()];
  });
  await scheduler.run(() => keys !== null);
  await reading;
  expect(keys).toEqual(["monitor/0/checkpoint", "governor/0/clock"]);
});
