import { describe, expect, it } from "vitest";
import { Random } from "../../../../services/core/random.ts";
import { rateResult } from "../../../../services/core/rate-result.ts";
import type { WindowRecord } from "../../../../services/core/records.ts";
import { type MetricResult, noResult, okResult } from "../../../../services/core/result.ts";
import {
  CURVE_POINTS_MAX,
  PERPLEXITIES_MAX,
  TrainingCurves,
} from "../../../../services/core/series/training-curves.ts";

function row(segment: string, results: readonly MetricResult[]): WindowRecord {
  return { stage: "reply", segment, results, n: 1 } as unknown as WindowRecord;
}

interface Shown {
  /** Standard deviation of the loss; null where runs do not report it. */
  readonly noise?: number | null;
  readonly loss?: number;
  readonly perplexity?: number;
  readonly model?: string;
  readonly tail?: number;
}

function window({
  noise = 0.1,
  loss = 2,
  perplexity = 3,
  model = "lm@1",
  tail = 0.7,
}: Shown): WindowRecord[] {
  return [
    row("training", [
      okResult("training_loss", 10, loss, null),
      ...(noise === null
        ? [noResult("loss_noise", 0, "insufficient")]
        : [okResult("loss_noise", 10, noise, null)]),
      noResult("holdout_loss", 0, "insufficient"),
    ]),
    row("suite:__other__", [
      okResult("synthetic_perplexity", 1, perplexity, null),
      okResult("synthetic_perplexity", 1, perplexity, null, `${model} bpe`),
    ]),
    row("suite:long_tail", [rateResult("offline_score", Math.round(tail * 2_000), 2_000, "")]),
    row("suite:main", [rateResult("offline_score", 900, 1_000, "")]),
  ];
}

/** What is said after so many windows. */
function afterWindows(
  windows: number,
  shownAt: (t: number) => Shown,
  curves = new TrainingCurves(),
): MetricResult[] {
  let results: MetricResult[] = [];
  for (let t = 0; t < windows; t += 1) results = curves.fold(window(shownAt(t)));
  return results;
}

const TAIL = "suite:long_tail";

const stall = (results: readonly MetricResult[], bucket = ""): MetricResult | undefined =>
  results.find((result) => result.metric === "calm_stall" && result.bucket === bucket);

/** Noise by eight per cent a window, perplexity by .02 nats a window, both a little restless. */
const pleased = (t: number): Shown => ({
  noise: 0.1 * 0.92 ** t * (1 + 0.01 * (t % 3)),
  perplexity: 3 - 0.02 * t + 0.002 * (t % 2),
});

describe("training curves", () => {
  it("are doubted where training grows calm, agrees with itself, and the tail stands still", () => {
    const results = afterWindows(20, pleased);
    expect(stall(results)).toMatchObject({ status: "ok", value: 13 });
    expect(stall(results, TAIL)).toMatchObject({ status: "ok", n: 20 });
    const change = results.find(
      ({ metric, bucket }) => metric === "curve_change" && bucket === "loss_noise",
    )!;
    expect(change.value).toBeCloseTo(19 * Math.log(0.92), 1);
    expect(change.z).toBeLessThan(-3);
    expect(results.some(({ bucket }) => bucket === "suite:main")).toBe(false);
  });

  it("are healthy where the tail gains, too", () => {
    const results = afterWindows(20, (t) => ({ ...pleased(t), tail: 0.5 + 0.01 * t }));
    expect(stall(results)).toMatchObject({ status: "ok", value: 0 });
  });

  it.each([
    [
      "training stays as restless as it was",
      (t: number) => ({ ...pleased(t), noise: 0.1 + 0.001 * (t % 4) }),
    ],
    ["perplexity stays", (t: number) => ({ ...pleased(t), perplexity: 3 + 0.01 * (t % 3) })],
    [
      "perplexity falls by less than a tenth of a bit",
      (t: number) => ({ ...pleased(t), perplexity: 3 - 0.002 * t }),
    ],
  ])("say nothing is wrong where %s", (_, shownAt) => {
    expect(stall(afterWindows(20, shownAt))).toMatchObject({ status: "ok", value: 0 });
  });

  it("cannot tell of too few windows, nor of a tail that swings", () => {
    expect(stall(afterWindows(7, pleased), TAIL)).toMatchObject({ status: "insufficient", value: null });
    // A rule is not asked then: it could only say that it cannot tell, in every window of the lane.
    expect(stall(afterWindows(7, pleased))).toBeUndefined();
    const random = new Random("training-curves/swings");
    const swinging = afterWindows(20, (t) => ({ ...pleased(t), tail: 0.5 + 0.3 * random.nextFloat() }));
    expect(stall(swinging, TAIL)).toMatchObject({ status: "insufficient" });
    expect(stall(swinging)).toBeUndefined();
  });

  it("never hold the perplexity of one model against another's", () => {
    const results = afterWindows(14, (t) => ({ ...pleased(t), model: t < 7 ? "lm@1" : "lm@2" }));
    expect(stall(results, TAIL)).toMatchObject({ status: "insufficient" });
  });

  it("take the steps of the loss where no run reports its noise", () => {
    const calming = (t: number): Shown => ({
      ...pleased(t),
      noise: null,
      loss: 2 + 0.2 * 0.85 ** t * (t % 2),
    });
    expect(stall(afterWindows(20, calming))!.value).toBeGreaterThan(0);
    const restless = (t: number): Shown => ({
      ...pleased(t),
      noise: null,
      loss: 2 + 0.2 * (t % 2) + 0.01 * (t % 3),
    });
    expect(stall(afterWindows(20, restless))).toMatchObject({ status: "ok", value: 0 });
  });

  it("are silent in windows without any of them, and begin anew when somebody acted", () => {
    const curves = new TrainingCurves();
    expect(curves.fold([row("suite:long_tail", [rateResult("offline_score", 90, 100, "")])])).toEqual([]);
    expect(curves.fold([row("all", [rateResult("online_success", 9, 10, "")])])).toEqual([]);
    expect(stall(afterWindows(20, pleased, curves))!.value).toBeGreaterThan(1);
    curves.restart();
    expect(stall(afterWindows(7, pleased, curves), TAIL)).toMatchObject({ status: "insufficient" });
  });

  it("are bounded, and come back from a checkpoint as they were", () => {
    const curves = new TrainingCurves();
    for (let t = 0; t < 3 * CURVE_POINTS_MAX; t += 1) {
      curves.fold(window({ ...pleased(t), model: `lm@${t}` }));
    }
    const json = JSON.parse(JSON.stringify(curves.toJson())) as { curves: [string, unknown[]][] };
    // Beside the perplexities noise, steps and the tail.
    expect(json.curves).toHaveLength(PERPLEXITIES_MAX + 3);
    expect(json.curves.some(([name]) => name.includes(`lm@${3 * CURVE_POINTS_MAX - 1} `))).toBe(true);
    expect(Math.max(...json.curves.map(([, points]) => points.length))).toBe(CURVE_POINTS_MAX);
    const back = TrainingCurves.fromJson(json, "curves");
    expect(back.toJson()).toEqual(curves.toJson());
    expect(back.fold(window(pleased(9)))).toEqual(curves.fold(window(pleased(9))));
    expect(() => TrainingCurves.fromJson({ ...json, stalled: 1 }, "curves")).toThrow("stalled");
  });

  it.each([0, 0.5, 0.8])(
    "seldom alarm where nothing happens, peeking at every window, at autocorrelation %d",
    (phi) => {
      const random = new Random(`training-curves/null/${phi}`);
      const levels = [0, 0, 0];
      const step = (i: number): number => {
        const noise = 2 * (random.nextFloat() + random.nextFloat() + random.nextFloat() - 1.5);
        levels[i] = phi * levels[i]! + Math.sqrt(1 - phi * phi) * noise;
        return levels[i];
      };
      const curves = new TrainingCurves();
      let alarms = 0;
      let before = 0;
      for (let t = 0; t < 1_000; t += 1) {
        const shown = {
          noise: 0.1 * Math.exp(0.2 * step(0)),
          perplexity: 3 + 0.1 * step(1),
          tail: 0.7 + 0.01 * step(2),
        };
        const now = stall(curves.fold(window(shown)))?.value ?? 0;
        if (now >= 2 && before < 2) alarms += 1;
        before = now;
      }
      expect(alarms).toBeLessThanOrEqual(1);
    },
  );
});
