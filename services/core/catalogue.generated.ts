/** Index of `metrics/`, printed by `make generate`; not edited by hand. */
import type { Metric } from "./metric.ts";
import { bucketRate } from "./metrics/bucket-rate.ts";
import { bucketRegression } from "./metrics/bucket-regression.ts";
import { decoupledWindows } from "./metrics/decoupled-windows.ts";
import { distinct4 } from "./metrics/distinct-4.ts";
import { driftConcluded } from "./metrics/drift-concluded.ts";
import { driftCorrelation } from "./metrics/drift-correlation.ts";
import { driftLag } from "./metrics/drift-lag.ts";
import { driftRankCorrelation } from "./metrics/drift-rank-correlation.ts";
import { driftWhitened } from "./metrics/drift-whitened.ts";
import { exactDuplicateShare } from "./metrics/exact-duplicate-share.ts";
import { lengthJsd } from "./metrics/length-jsd.ts";
import { lengthPsi } from "./metrics/length-psi.ts";
import { mixDrop } from "./metrics/mix-drop.ts";
import { mixExplained } from "./metrics/mix-explained.ts";
import { modelMix } from "./metrics/model-mix.ts";
import { nearDuplicateShare } from "./metrics/near-duplicate-share.ts";
import { offlineScore } from "./metrics/offline-score.ts";
import { onlineFixedMix } from "./metrics/online-fixed-mix.ts";
import { onlineSuccess } from "./metrics/online-success.ts";
import { originMix } from "./metrics/origin-mix.ts";
import { rateRegression } from "./metrics/rate-regression.ts";
import { regressedBuckets } from "./metrics/regressed-buckets.ts";
import { seqRep4 } from "./metrics/seq-rep-4.ts";
import { skeletonDistinct6 } from "./metrics/skeleton-distinct-6.ts";
import { tailCoverage } from "./metrics/tail-coverage.ts";
import { tailCoverageBuckets } from "./metrics/tail-coverage-buckets.ts";
import { tailMassRatio } from "./metrics/tail-mass-ratio.ts";
import { volume } from "./metrics/volume.ts";
import { wordJsd } from "./metrics/word-jsd.ts";
import { wordPsi } from "./metrics/word-psi.ts";

/** Every metric, in the order of its file's name. */
export const METRICS: readonly Metric[] = [
  bucketRate,
  bucketRegression,
  decoupledWindows,
  distinct4,
  driftConcluded,
  driftCorrelation,
  driftLag,
  driftRankCorrelation,
  driftWhitened,
  exactDuplicateShare,
  lengthJsd,
  lengthPsi,
  mixDrop,
  mixExplained,
  modelMix,
  nearDuplicateShare,
  offlineScore,
  onlineFixedMix,
  onlineSuccess,
  originMix,
  rateRegression,
  regressedBuckets,
  seqRep4,
  skeletonDistinct6,
  tailCoverage,
  tailCoverageBuckets,
  tailMassRatio,
  volume,
  wordJsd,
  wordPsi,
];
