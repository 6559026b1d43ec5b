/**
 * `make reliability`: scenarios on the real broker and the real engine. Exit 1 when one fails, 2 for a usage error.
 *
 *     npx tsx test/reliability/main.ts R1 R15 --full --seed 7
 *
 * Without names: those of `make test`; with --full or --all every one.
 */
import { spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { brokerMissing, KeptLogger } from "../support/kafka-broker.ts";
import { Ground } from "./ground.ts";
import { describeRun, runScenario } from "./run-scenario.ts";
import type { Form } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";

// Read at Node's start: with the default of four threads, Kafka clients whose broker is away hold up every file; and the
// oracle holds every record of a full form, more than the default heap does.
if (process.env.UV_THREADPOOL_SIZE === undefined) {
  const heap = `--max-old-space-size=${Math.floor(totalmem() / 2 / 2 ** 20)}`;
  const again = spawnSync(process.execPath, [heap, ...process.execArgv, ...process.argv.slice(1)], {
    env: { ...process.env, UV_THREADPOOL_SIZE: "16" },
    stdio: "inherit",
  });
  process.exit(again.status ?? 1);
}

const USAGE = `Usage: npx tsx test/reliability/main.ts [scenario ...] [options]

Real broker, real engine, services as processes, and what goes wrong with them. Without names: the scenarios of make test.

  --full        the length the criterion asks for (minutes each), from the build; with no names every scenario
  --all         with no names every scenario, those of make chaos too
  --seed <s>    repeats the moments of a run (default: 7)
  --out <dir>   where the figures go, which print-report.ts prints (default: .plumbline/reliability)
  --json        print the figures as JSON
  --list        print the scenarios and what must hold

Exit codes: 0 all passed, 1 one failed, 2 no such scenario, or no broker here.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: "boolean", short: "h", default: false },
    full: { type: "boolean", default: false },
    all: { type: "boolean", default: false },
    seed: { type: "string", default: "7" },
    json: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
    out: { type: "string", default: join(import.meta.dirname, "../../.plumbline/reliability") },
  },
});
if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const unknown = positionals.filter((id) => !SCENARIOS.some((scenario) => scenario.id === id));
if (unknown.length > 0) {
  process.stderr.write(
    `no such scenario: ${unknown.join(" ")}; there are ${SCENARIOS.map(({ id }) => id).join(" ")}\n`,
  );
  process.exit(2);
}
if (values.list) {
  for (const { id, title, pass } of SCENARIOS) process.stdout.write(`${id}  ${title}\n     ${pass}\n`);
  process.exit(0);
}
if ((await brokerMissing()) !== null) process.exit(2);

const form: Form = values.full ? "full" : "short";
const chosen = SCENARIOS.filter(({ id, tier }) =>
  positionals.length > 0 ? positionals.includes(id) : tier !== "chaos" || values.full || values.all,
);
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
const logger = new KeptLogger();
const ground = await Ground.open(logger);
let bad = 0;
process.stderr.write(`seed ${values.seed}, ${form} form, ${chosen.length} scenarios\n`);
try {
  await mkdir(values.out, { recursive: true });
  for (const scenario of chosen) {
    if (stop.signal.aborted) break;
    process.stderr.write(`\n${scenario.id}  ${scenario.title}\n`);
    const fromMs = performance.now();
    const run = await runScenario(scenario, {
      ground,
      logger,
      seed: values.seed,
      form,
      signal: stop.signal,
      say: (message) => {
        const seconds = ((performance.now() - fromMs) / 1_000).toFixed(1).padStart(6);
        process.stderr.write(`${seconds} s  ${message}\n`);
      },
    });
    if (run.failed) bad += 1;
    await writeFile(join(values.out, `${scenario.id}.${form}.json`), `${JSON.stringify(run, null, 2)}\n`);
    process.stdout.write(`${values.json ? JSON.stringify(run) : describeRun(run)}\n`);
  }
} finally {
  await ground.close();
}
process.stderr.write(`\n${chosen.length - bad} of ${chosen.length} scenarios passed\n`);
process.exit(bad > 0 || stop.signal.aborted ? 1 : 0);
