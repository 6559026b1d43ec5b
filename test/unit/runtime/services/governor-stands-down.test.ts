/** What a governor exported is another one's to say once it has lost the right to decide. */
import { afterEach, expect, it, vi } from "vitest";
import type { CommandRecord } from "../../../../services/core/records.ts";
import { runGovernor } from "../../../../services/runtime/services/governor.ts";
import { MemoryRun, RUN_START_MS } from "../../../support/memory-run.ts";
import { noGauges } from "../../../support/test-store.ts";

const FREEZE: CommandRecord = {
  commandId: "c1",
  kind: "freeze",
  subject: "lane:a",
  lane: "a",
  actor: "ann",
  reason: "test",
  issuedMs: RUN_START_MS,
  keyId: "",
  signature: "",
};

afterEach(() => {
  vi.restoreAllMocks();
});

it("ends the series of its lanes when another governor takes over", async () => {
  const drop = vi.spyOn(noGauges, "drop");
  const run = new MemoryRun();
  const stop = new AbortController();
  let second: Promise<void> | null = null;
  try {
    await run.send("commands", [FREEZE]);
    await run.until("the gate", () => run.values("gates").length > 0);
    expect(drop).not.toHaveBeenCalledWith({ lane: "a" });
    // Of two members the first by name is given the partition: "another" before "one".
    second = runGovernor({ ...run.dependencies, instance: "another", signal: stop.signal });
    await run.until("the first governor's end", () =>
      drop.mock.calls.some(([labels]) => labels.lane === "a"),
    );
  } finally {
    stop.abort();
    await run.kill();
    await second?.catch(() => {});
  }
});
