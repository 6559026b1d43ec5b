/** From outcomes to the row that a governor reads: which interactions failed, in a decision window, also over a restart. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { rankOfId } from "../../../../services/core/hash.ts";
import { FAILED_IDS_MAX } from "../../../../services/core/sketches/failed-ids.ts";
import { MemoryRun, RUN_START_MS } from "../../../support/memory-run.ts";
import { testPolicy } from "../../../support/policy.ts";
import { interactionOf, LANE, outcomeOf } from "../../../support/producers.ts";

const PANE_MS = 5_000;
const byHash = (ids: readonly string[]): string[] =>
  [...ids].sort((a, b) => rankOfId(a) - rankOfId(b)).slice(0, FAILED_IDS_MAX);

let run: MemoryRun;
beforeEach(() => {
  const lane = {
    ...testPolicy().defaults,
    lane: LANE,
    userSegments: ["new"],
    decisionTextsMin: 2,
    decisionMs: 2 * PANE_MS,
  };
  run = new MemoryRun({ policy: testPolicy({ lanes: [lane] }) });
});
afterEach(() => run.kill());

it("a decision window names the failed interactions of each bucket and of each kind of user; panes name none", async () => {
  const failing = (pane: number, count: number) =>
    Array.from({ length: count }, (_, i) =>
      outcomeOf(`o-${pane}-${i}`, {
        eventTime: RUN_START_MS + pane * (2 * PANE_MS - 1),
        interactionId: `f-${pane}-${i}`,
        bucket: i % 4 === 0 ? "hinge" : "refund",
        segment: i % 2 === 0 ? "new" : "old",
        resolved: i % 5 === 0 ? null : false,
      }),
    );
  const first = failing(0, 30);
  await run.send("outcomes", [
    ...first,
    // Another outcome of an interaction that is there already names it once; one that went well names nobody.
    outcomeOf("again", { interactionId: "f-0-4", bucket: "hinge", segment: "new", resolved: false }),
    outcomeOf("fine", { interactionId: "fine" }),
  ]);
  await run.send("interactions", [interactionOf("i1"), interactionOf("i2")]);
  await run.passTime(12_000);
  await run.until("the first pane", () => run.windows("pane", "reply", "all").length > 0);
  // The window's first pane is in the changelog now; the second one is read by other processes.
  await run.kill();
  run.restart();
  const second = failing(1, 10);
  await run.send("outcomes", second);
  await run.passTime(30_000);
  await run.until("the decision window", () => run.windows("decision", "reply", "user:new").length > 0);

  const all = [...first, ...second].filter(({ resolved }) => resolved === false);
  const idsIn = (some: typeof all, bucket: string) =>
    byHash(some.filter((own) => bucket === "" || own.bucket === bucket).map((own) => own.interactionId));
  const expected = (some: typeof all) =>
    ["", "hinge", "refund"]
      .map((bucket) => ({ bucket, ids: idsIn(some, bucket) }))
      .filter(({ ids }) => ids.length > 0);
  const [whole] = run.windows("decision", "reply", "all");
  expect(whole!.n).toBe(44);
  expect(whole!.failed).toEqual(expected(all));
  const [users] = run.windows("decision", "reply", "user:new");
  expect(users!.failed).toEqual(expected(all.filter(({ segment }) => segment === "new")));
  expect(run.windows("pane", "reply", "all").flatMap(({ failed }) => failed)).toEqual([]);
});
