/** Decoupling of an offline and an online series: metrics.md 6, and what simulation says of its alarms. */
import { describe, expect, it } from "vitest";
import { Random } from "../../services/core/random.ts";
import {
  GAP_ALARM,
  gapCusum,
  type SeriesPair,
  slope,
  slopeGone,
  varianceRatioZ,
} from "../../services/core/statistics/decoupling.ts";
import { sd } from "../../services/core/statistics/moments.ts";

const OFFLINE = [0.8, 0.801, 0.799, 0.802, 0.8, 0.801, 0.8, 0.799, 0.801, 0.8];
const ONLINE = [0.7, 0.72, 0.66, 0.73, 0.64, 0.71, 0.6, 0.69, 0.58, 0.66];

function noise(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.nextFloat())) * Math.cos(2 * Math.PI * random.nextFloat());
}

/** Both follow one course; from `loose` on, online goes its own way. */
function pair(random: Random, length: number, loose: boolean): SeriesPair {
  const course = Array.from({ length }, (_, t) => Math.sin(t / 3));
  return {
    offline: course.map((value) => 0.8 + 0.01 * value + 0.002 * noise(random)),
    online: course.map((value, t) =>
      loose ? 0.7 - 0.004 * t + 0.03 * noise(random) : 0.7 + 0.02 * value + 0.004 * noise(random),
    ),
  };
}

describe("decoupling", () => {
  it("levels have a ratio of variances of thousands, which alone says nothing", () => {
    expect((sd(ONLINE) / sd(OFFLINE)) ** 2).toBeCloseTo(2850.617284, 6);
    expect(varianceRatioZ({ offline: OFFLINE, online: ONLINE }, { offline: OFFLINE, online: ONLINE })).toBe(
      0,
    );
  });
  it("is seen by all three looks where online goes its own way, by none where it does not", () => {
    let seen = 0;
    let wrong = 0;
    for (let i = 0; i < 200; i += 1) {
      const random = new Random(`decoupling ${i}`);
      const baseline = pair(random, 40, false);
      const loose = pair(random, 20, true);
      const tied = pair(random, 20, false);
      if (varianceRatioZ(baseline, loose) > 3 && gapCusum(baseline, loose) >= GAP_ALARM) seen += 1;
      if (varianceRatioZ(baseline, tied) > 3 || slopeGone(baseline, tied)) wrong += 1;
      expect(slopeGone(baseline, baseline)).toBe(false);
    }
    expect(seen).toBeGreaterThanOrEqual(190);
    expect(wrong).toBeLessThanOrEqual(6);
  });
  it("is seen where offline never moves and online falls, and not where online stays as it was", () => {
    let wrong = 0;
    for (let i = 0; i < 200; i += 1) {
      const random = new Random(`decoupling, still ${i}`);
      const still = (length: number, fall: number): SeriesPair => ({
        offline: new Array<number>(length).fill(0.8),
        online: Array.from({ length }, (_, t) => 0.7 - fall * t + 0.01 * noise(random)),
      });
      const baseline = still(20, 0);
      expect(gapCusum(baseline, still(20, 0.004))).toBeGreaterThan(GAP_ALARM);
      if (gapCusum(baseline, still(20, 0)) >= GAP_ALARM) wrong += 1;
      expect(varianceRatioZ(baseline, still(20, 0.004))).toBeNaN();
    }
    // By itself it decides nothing: an online series must have fallen by its e-process, too.
    expect(wrong).toBeLessThanOrEqual(20);
  });
  it("says nothing of a constant", () => {
    const still = { offline: ONLINE.map(() => 0.8), online: ONLINE };
    const moving = { offline: OFFLINE, online: ONLINE };
    expect(varianceRatioZ(still, moving)).toBeNaN();
    expect(varianceRatioZ(moving, still)).toBeNaN();
    expect(gapCusum(still, moving)).toBeNaN();
    expect(slope(still).value).toBeNaN();
    expect(slopeGone(still, moving)).toBe(false);
  });
});
