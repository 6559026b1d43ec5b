/** What the e-values of many buckets promise: no false alarm over a year of looks, and a fall found about as soon as it can be. */
import { describe, expect, it } from "vitest";
import { Random } from "../../services/core/random.ts";
import { RateEvidence } from "../../services/core/series/rate-evidence.ts";
import {
  bucketFall,
  CELLS,
  CROSSED,
  cellFall,
  draw,
  type FallDelay,
  healthyBuckets,
  healthyCells,
  SHARED,
} from "../support/rate-runs.ts";

const RUNS = 20;
/** Looks; a year of hours is looked at by `make calibrate`. */
const WINDOWS = 2_000;

const ratio = ({ found, simulated }: FallDelay): number => found / simulated;

describe("evidence that rates fell", () => {
  it("finds a fall in 3 of 200 buckets within 1.2 times the delay of one e-process at K / alpha", () => {
    expect(ratio(bucketFall(new Random("rate-evidence/fall"), RUNS))).toBeLessThanOrEqual(1.2);
  });

  it("finds a late fall as soon, however long all was well", () => {
    expect(ratio(bucketFall(new Random("rate-evidence/late"), RUNS, 600))).toBeLessThanOrEqual(1.2);
  });

  it("finds a fall of one kind of user in 3 cells within 1.2 times the delay of one e-process at half of alpha over cells", () => {
    expect(ratio(cellFall(new Random("rate-evidence/segments"), RUNS))).toBeLessThanOrEqual(1.2);
  });

  it("raises no false alarm over 2,000 looks at buckets and cells that stay as they are", () => {
    const { alarms, regressed, followed } = healthyCells(new Random("rate-evidence/aa-segments"), WINDOWS);
    expect(alarms).toEqual([]);
    expect(regressed).toBe(0);
    expect(followed).toBe(SHARED + CELLS);
  });

  it("raises no false alarm over 2,000 looks at 200 buckets that stay as they are", () => {
    const { highest } = healthyBuckets(new Random("rate-evidence/aa"), WINDOWS);
    expect(highest).toBeLessThan(CROSSED);
    expect(highest).toBeGreaterThan(0);
  });

  it("comes back from a checkpoint as it was", () => {
    const random = new Random("rate-evidence/checkpoint");
    const whole = new RateEvidence();
    let restored = new RateEvidence();
    for (let window = 0; window < 120; window += 1) {
      const counts = new Map([
        ["a", draw(random, 20, 0.8)],
        ["b/c", draw(random, 7, 0.5)],
      ]);
      whole.fold(counts);
      restored.fold(counts);
      restored = RateEvidence.fromJson(JSON.parse(JSON.stringify(restored.toJson())), "evidence");
    }
    expect(restored.findings()).toEqual(whole.findings());
  });
});
