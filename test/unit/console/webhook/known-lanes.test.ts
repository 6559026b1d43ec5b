import { describe, expect, it } from "vitest";
import { KnownLanes } from "../../../../services/console/webhook/known-lanes.ts";
import { Policies } from "../../../../services/core/policy.ts";
import { testPolicy } from "../../../support/policy.ts";

const base = testPolicy();
const policies = new Policies({ ...base, lanes: [{ ...base.defaults, lane: "declared" }] });

describe("known lanes", () => {
  it("are the declared ones and those with a gate, read again at most once a second", async () => {
    let nowMs = 0;
    let reads = 0;
    const gates = new Set(["judged"]);
    const clock = { nowMs: () => nowMs, sleep: () => Promise.resolve() };
    const lanes = new KnownLanes(policies, clock, () => {
      reads += 1;
      return Promise.resolve(new Set(gates));
    });
    expect(await lanes.has("declared")).toBe(true);
    expect(reads).toBe(0);
    expect(await lanes.has("judged")).toBe(true);
    for (let i = 0; i < 100; i += 1) expect(await lanes.has(`none ${i}`)).toBe(false);
    expect(reads).toBe(1);
    gates.add("new");
    nowMs = 1_000;
    expect(await lanes.has("new")).toBe(true);
    expect(reads).toBe(2);
    for (const name of ["", "__other__", "a\u0000b", "x".repeat(65_536)])
      expect(await lanes.has(name)).toBe(false);
    expect(reads).toBe(2);
  });

  it("are asked for again after the log was away", async () => {
    let away = true;
    const clock = { nowMs: () => 0, sleep: () => Promise.resolve() };
    const lanes = new KnownLanes(policies, clock, () =>
      away ? Promise.reject(new Error("no broker")) : Promise.resolve(new Set(["judged"])),
    );
    await expect(lanes.has("judged")).rejects.toThrow("no broker");
    away = false;
    expect(await lanes.has("judged")).toBe(true);
  });
});
