/** Short forms of scenarios as tests: one file takes every n-th scenario, so that two workers share them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { brokerMissing, KeptLogger } from "../support/kafka-broker.ts";
import { Ground } from "./ground.ts";
import { describeRun, runScenario } from "./run-scenario.ts";
import { SCENARIOS } from "./scenarios.ts";

const SHORT_FORM_MS_MAX = 240_000;
const SEED = process.env.SEED ?? "7";

/** Registers the tests of part `part` of `parts`. */
export async function testShortForms(part: number, parts: number): Promise<void> {
  const missing = await brokerMissing();
  describe.runIf(missing === null)(`reliability, short forms ${part + 1} of ${parts}`, () => {
    const logger = new KeptLogger();
    let ground: Ground;

    beforeAll(async () => {
      ground = await Ground.open(logger);
    });

    afterAll(async () => {
      await ground.close();
    }, 60_000);

    const inTests = SCENARIOS.filter(({ tier }) => tier !== "chaos");
    const own = inTests.filter((_, index) => index % parts === part);
    for (const scenario of own) {
      it(
        `${scenario.id}: ${scenario.title}`,
        async ({ signal }) => {
          const said: string[] = [];
          const say = (message: string): void => {
            said.push(message);
          };
          const run = await runScenario(scenario, { ground, logger, seed: SEED, form: "short", signal, say });
          expect(run.failed, `seed ${SEED}\n${said.join("\n")}\n${describeRun(run)}`).toBe(false);
        },
        SHORT_FORM_MS_MAX,
      );
    }
  });
}
