/**
 * Calibration on a real corpus: windows of real text that no reference saw must look real, a planted collapse must not.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { distinct4 } from "../../services/core/metrics/distinct-4.ts";
import { lengthJsd } from "../../services/core/metrics/length-jsd.ts";
import { lengthPsi } from "../../services/core/metrics/length-psi.ts";
import { skeletonDistinct6 } from "../../services/core/metrics/skeleton-distinct-6.ts";
import { tailCoverage } from "../../services/core/metrics/tail-coverage.ts";
import { tailMassRatio } from "../../services/core/metrics/tail-mass-ratio.ts";
import { wordJsd } from "../../services/core/metrics/word-jsd.ts";
import { wordPsi } from "../../services/core/metrics/word-psi.ts";
import { judge } from "../../services/core/null.ts";
import { buildReference } from "../../services/core/reference/build-reference.ts";
import { encodeReference } from "../../services/core/reference/reference-codec.ts";
import type { Reference } from "../../services/core/reference.ts";
import { mean, sd } from "../../services/core/statistics/moments.ts";
import { type RealText, realTexts, sampledText, sampleOf } from "../support/real-texts.ts";

const METRICS = [
  tailCoverage,
  tailMassRatio,
  wordJsd,
  wordPsi,
  lengthJsd,
  lengthPsi,
  distinct4,
  skeletonDistinct6,
];
const HALF = 2_500;
const WINDOW = 500;

let unseen: RealText[];
let pieces: RealText[];
let reference: Reference;

function build(texts: readonly RealText[]): Reference {
  return buildReference({
    lane: "sotu",
    texts: { a: texts.slice(0, HALF), b: texts.slice(HALF, 2 * HALF) },
    seed: 1,
    nullDraws: 60,
    metrics: METRICS,
  });
}

beforeAll(() => {
  pieces = realTexts();
  reference = build(pieces);
  unseen = pieces.slice(2 * HALF);
});

describe("real text against a real reference", () => {
  it("looks real in every unseen window of 500, with z of about unit spread", () => {
    const zs = new Map<string, number[]>(METRICS.map((metric) => [metric.id, []]));
    for (let at = 0; at + WINDOW <= unseen.length; at += WINDOW) {
      const sample = sampleOf(unseen.slice(at, at + WINDOW));
      for (const metric of METRICS) {
        const result = judge(metric, sample, reference);
        expect(result.status).toBe("ok");
        expect(result).toMatchObject({ n: WINDOW, nRef: HALF, e: null, bucket: "" });
        expect(Math.abs(result.z!)).toBeLessThan(4.5);
        zs.get(metric.id)!.push(result.z!);
        if (metric.id === "tail_coverage") {
          expect(result.value).toBeGreaterThan(0.93);
          expect(result.value).toBeLessThan(1.07);
          expect(result.nullMean).toBe(1);
          expect(result.ratio).toBe(result.value);
        }
      }
    }
    for (const [id, z] of zs) {
      expect(z.length, id).toBe(21);
      expect(Math.abs(mean(z)), id).toBeLessThan(1.2);
      expect(sd(z), id).toBeLessThan(1.7);
    }
  });

  it("looks real at sizes between the points of the grid too", () => {
    for (const n of [70, 141, 283, 350]) {
      for (let window = 0; window < 8; window++) {
        const sample = sampleOf(unseen.slice(window * n, (window + 1) * n));
        for (const metric of METRICS) {
          expect(Math.abs(judge(metric, sample, reference).z!), `${metric.id} at ${n}`).toBeLessThan(4.5);
        }
      }
    }
  });

  it("has the divergence that was measured for this corpus: .06 bits at 500 texts, not 0", () => {
    const [last] = reference.nulls.word_jsd!.slice(-1);
    expect(last!.n).toBe(WINDOW);
    expect(last!.mean).toBeCloseTo(0.0595, 2);
    expect(last!.sd).toBeLessThan(0.002);
  });
});

describe("a planted collapse", () => {
  it("is seen by coverage and mass when rare words are replaced by a common one", () => {
    const tail = new Set(reference.tailWords);
    const texts = sampleOf(unseen.slice(0, WINDOW)).texts.map((text, i) => {
      const tokens = text.tokens.map((token, at) =>
        tail.has(token) && (at + i) % 2 === 0 ? text.tokens[0]! : token,
      );
      return { ...text, tokens };
    });
    const coverage = judge(tailCoverage, { texts }, reference);
    expect(coverage.value).toBeLessThan(0.7);
    expect(coverage.z).toBeLessThan(-4);
    const mass = judge(tailMassRatio, { texts }, reference);
    expect(mass.value).toBeLessThan(0.7);
    expect(mass.z).toBeLessThan(-4);
  });

  it("is seen by coverage and divergence when fifty texts are repeated, though tail mass stays", () => {
    const texts = Array.from({ length: WINDOW }, (_, i) =>
      sampledText(`copy-${i}`, unseen[i % 50]!.text, unseen[i % 50]!.bucket),
    );
    const coverage = judge(tailCoverage, { texts }, reference);
    expect(coverage.value).toBeLessThan(0.3);
    expect(coverage.z).toBeLessThan(-20);
    expect(judge(distinct4, { texts }, reference).ratio).toBeLessThan(0.5);
    expect(judge(skeletonDistinct6, { texts }, reference).z).toBeLessThan(-20);
    const divergence = judge(wordJsd, { texts }, reference);
    expect(divergence.ratio).toBeGreaterThan(1.5);
    expect(divergence.z).toBeGreaterThan(20);
    expect(judge(tailMassRatio, { texts }, reference).value).toBeGreaterThan(0.8);
  });

  it("is seen in the lengths when texts are cut to one sentence", () => {
    const texts = unseen
      .slice(0, WINDOW)
      .map(({ id, text }) => sampledText(id, text.slice(0, Math.floor(text.length / 4))));
    expect(judge(lengthPsi, { texts }, reference).z).toBeGreaterThan(20);
    expect(judge(lengthJsd, { texts }, reference).z).toBeGreaterThan(20);
  });
});

describe("a built reference", () => {
  it("is the same, byte for byte, for the same texts in another order", () => {
    const swapped = [...pieces.slice(0, HALF).reverse(), ...pieces.slice(HALF, 2 * HALF).reverse()];
    const again = build(swapped);
    expect(again.version).toBe(reference.version);
    expect(encodeReference(again)).toEqual(encodeReference(reference));
  });
});
