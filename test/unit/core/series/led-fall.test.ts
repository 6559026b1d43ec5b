import { describe, expect, it } from "vitest";
import { Random } from "../../../../services/core/random.ts";
import { LedFall, type UserOutcomes } from "../../../../services/core/series/led-fall.ts";
import { added, NO_TRIALS } from "../../../../services/core/series/rate-counts.ts";
import type { RateCounts } from "../../../../services/core/statistics/e-values.ts";

const SUITE = "reply/suite:long_tail/offline_score";

function draw(random: Random, trials: number, rate: number): RateCounts {
  let successes = 0;
  for (let i = 0; i < trials; i += 1) if (random.nextFloat() < rate) successes += 1;
  return { successes, trials };
}

/** A lane's outcomes, window by window; all until now. */
class Outcomes {
  #users = NO_TRIALS;
  #control = NO_TRIALS;
  readonly #random: Random;
  constructor(seed: string) {
    this.#random = new Random(`led-fall/${seed}`);
  }

  next(users: number, control: number, trials = 500): UserOutcomes {
    this.#users = added(this.#users, draw(this.#random, trials, users));
    this.#control = added(this.#control, draw(this.#random, trials, control));
    return { users: this.#users, control: this.#control };
  }
}

describe("users after a suite fell", () => {
  const ledAfter = (users: number, control: number, otherTraffic = false) => {
    const [led, outcomes] = [new LedFall(), new Outcomes("after")];
    for (let t = 0; t < 12; t += 1) led.fold([], outcomes.next(0.6, 0.6), false);
    led.fold([SUITE], outcomes.next(0.6, 0.6), otherTraffic);
    let results = led.fold([SUITE], outcomes.next(users, control), otherTraffic);
    for (let t = 0; t < 15; t += 1) results = led.fold([SUITE], outcomes.next(users, control), otherTraffic);
    return results;
  };

  it("are not looked at before one fell", () => {
    const [led, outcomes] = [new LedFall(), new Outcomes("before")];
    for (let t = 0; t < 20; t += 1)
      expect(led.fold([], outcomes.next(t < 10 ? 0.6 : 0.3, 0.6), false)).toEqual([]);
  });

  it("are found to be served worse, by how much, and which suite said so", () => {
    const [whole, bySuite] = ledAfter(0.5, 0.6);
    expect(whole).toMatchObject({ metric: "led_fall", bucket: "", status: "ok" });
    expect(whole!.e).toBeGreaterThan(20);
    expect(whole!.lo).toBeLessThan(0.1);
    expect(whole!.hi).toBeGreaterThan(0.1);
    expect(bySuite).toEqual({ ...whole, bucket: SUITE });
  });

  it("are not held against the model where they are served as before, where a control fell as well, or with other traffic", () => {
    expect(ledAfter(0.6, 0.6)[0]!.e).toBeLessThan(1);
    expect(ledAfter(0.5, 0.5)[0]!.e).toBeLessThanOrEqual(1);
    expect(ledAfter(0.5, 0.6, true)[0]!.e).toBeLessThanOrEqual(1);
  });

  it("raise no alarm more often than alpha while nothing changes for them, looked at window by window", () => {
    let alarms = 0;
    const runs = 200;
    for (let run = 0; run < runs; run += 1) {
      const [led, outcomes] = [new LedFall(), new Outcomes(`aa/${run}`)];
      let highest = 0;
      for (let t = 0; t < 80; t += 1) {
        const results = led.fold(t < 12 ? [] : [SUITE], outcomes.next(0.6, 0.6, 60), false);
        highest = Math.max(highest, results[0]?.e ?? 0);
      }
      if (highest >= 20) alarms += 1;
    }
    expect(alarms / runs).toBeLessThanOrEqual(0.05);
  });

  it("begin anew after somebody acted, and come back from a checkpoint as they were", () => {
    const outcomes = new Outcomes("checkpoint");
    const whole = new LedFall();
    let restored = new LedFall();
    for (let t = 0; t < 90; t += 1) {
      const [fallen, now] = [t < 12 ? [] : [SUITE, "b"], outcomes.next(t < 30 ? 0.6 : 0.55, 0.6, 100)];
      const shown = t % 2 === 0 ? now : { ...now, control: null };
      expect(restored.fold(fallen, shown, false)).toEqual(whole.fold(fallen, shown, false));
      restored = LedFall.fromJson(JSON.parse(JSON.stringify(restored.toJson())), "led");
    }
    whole.restart();
    expect(whole.toJson()).toEqual(new LedFall().toJson());
    expect(() => LedFall.fromJson({ ...whole.toJson(), starts: [[1]] }, "led")).toThrow("led starts[0]");
  });
});
