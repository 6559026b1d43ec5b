/**
 * Replay equals live on an hour of event time: `npx tsx test/replay/million.ts [--records N] [--partitions P] [--seed S]`.
 * Exit 0 where every row is equal and every count is as planned, else 1.
 */
import { parseArgs } from "node:util";
import { openLogger } from "../../services/adapters/logger.ts";
import { describeComparison } from "../../services/runtime/replay/replay.ts";
import { Ground } from "../reliability/ground.ts";
import { Rig } from "../reliability/rig.ts";
import { countHour, replayByCommand } from "./hour-figures.ts";
import { runHour } from "./hour-run.ts";

const { values } = parseArgs({
  options: {
    records: { type: "string", default: "1000000" },
    partitions: { type: "string", default: "4" },
    seed: { type: "string", default: "1" },
    rate: { type: "string", default: "8000" },
  },
});
const stop = new AbortController();
process.once("SIGINT", () => stop.abort(new Error("interrupted")));
const logger = openLogger({ service: "lab", level: "error" });
const ground = await Ground.open(logger);
const beganMs = performance.now();
const say = (message: string): void => {
  console.info(`${((performance.now() - beganMs) / 1_000).toFixed(0).padStart(4)} s  ${message}`);
};
try {
  const broker = await ground.sharedBroker();
  const rig = new Rig({ id: "hour", seed: values.seed, ground, broker, logger, signal: stop.signal, say });
  try {
    process.exitCode = (await prove(rig)) ? 0 : 1;
  } catch (error) {
    console.error(error);
    console.error(await rig.logTails());
    process.exitCode = 1;
  } finally {
    await rig.close();
  }
} finally {
  await ground.close();
}

async function prove(rig: Rig): Promise<boolean> {
  const run = await runHour(rig, {
    records: Number(values.records),
    partitions: Number(values.partitions),
    lanesPerPartition: 2,
    seed: values.seed,
    recordsPerS: Number(values.rate),
    latenessMs: 10_000,
    stallMs: 20_000,
    liveMs: 60_000,
  });
  say("everything is judged; the replay begins, the services go on");
  const answer = await replayByCommand(rig);
  const found = await countHour(rig);
  const { counts } = run.plan;
  const minutes = (run.lastEventMs - run.firstEventMs) / 60_000;
  const total = Object.values(counts.byTopic).reduce((sum, n) => sum + n, 0);
  const written = Object.entries(counts.byTopic).every(([topic, n]) => found.produced[topic] === n);
  const planned: readonly (readonly [string, number, number])[] = [
    ["late samples", found.lateSamples, counts.lateSamples],
    ["late interactions and outcomes", found.lateReplies, counts.lateReplies],
    ["repeated samples", found.repeatedSamples, counts.repeatedSamples],
  ];
  console.info(
    `records ${total} (${JSON.stringify(found.produced)}), written in ${run.writtenS.toFixed(0)} s`,
  );
  console.info(
    `event time ${minutes.toFixed(1)} min, partitions ${rig.partitions}, lanes ${run.plan.lanes.length}`,
  );
  console.info(`ticks: ${found.idleTicks} of silent partitions, ${found.ownTicks} of the services`);
  for (const [what, n, wanted] of planned) console.info(`${what}: ${n}, planned ${wanted}`);
  console.info(
    `freezes ${found.freezes}, resumes ${found.resumes}, refused ${found.refusals}, commands ${run.commands}; ` +
      `${found.quarantinedByGates} samples held by frozen gates; policies ${found.policies}`,
  );
  console.info(`restarts ${run.restarts}, assignments of partitions to instances ${found.assignments}`);
  for (const part of answer.parts) {
    console.info(describeComparison(part));
    for (const example of part.examples) console.info(`    ${example.slice(0, 500)}`);
  }
  const rate = Math.round(answer.records / answer.seconds);
  const megabytes = Math.round(answer.memoryBytesMax / 1_048_576);
  console.info(
    `replay: ${answer.records} records in ${answer.seconds.toFixed(0)} s, ${rate}/s, peak ${megabytes} MB resident`,
  );
  const asPlanned = written && planned.every(([, n, wanted]) => n === wanted);
  const lively = found.freezes > 0 && found.resumes > 0 && found.idleTicks > 0 && found.policies === 2;
  return answer.equal && asPlanned && lively && megabytes < 1_024;
}
