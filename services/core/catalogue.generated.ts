/** Index of `metrics/`, printed by `make generate`; not edited by hand. */
import type { Metric } from "./metric.ts";
import { acceptanceBalance } from "./metrics/acceptance-balance.ts";
import { acceptanceHillRatio } from "./metrics/acceptance-hill-ratio.ts";
import { acceptanceNarrowing } from "./metrics/acceptance-narrowing.ts";
import { alarmExplained } from "./metrics/alarm-explained.ts";
import { bucketRate } from "./metrics/bucket-rate.ts";
import { bucketRegression } from "./metrics/bucket-regression.ts";
import { calmStall } from "./metrics/calm-stall.ts";
import { cautionGap } from "./metrics/caution-gap.ts";
import { confidentGapShare } from "./metrics/confident-gap-share.ts";
import { contextFit } from "./metrics/context-fit.ts";
import { controlExplained } from "./metrics/control-explained.ts";
import { curveChange } from "./metrics/curve-change.ts";
import { decoupledWindows } from "./metrics/decoupled-windows.ts";
import { distinct4 } from "./metrics/distinct-4.ts";
import { driftConcluded } from "./metrics/drift-concluded.ts";
import { driftCorrelation } from "./metrics/drift-correlation.ts";
import { driftLag } from "./metrics/drift-lag.ts";
import { driftRankCorrelation } from "./metrics/drift-rank-correlation.ts";
import { driftWhitened } from "./metrics/drift-whitened.ts";
import { emptyReplyShare } from "./metrics/empty-reply-share.ts";
import { errorPatternAccepted } from "./metrics/error-pattern-accepted.ts";
import { errorPatternRise } from "./metrics/error-pattern-rise.ts";
import { errorPatternShare } from "./metrics/error-pattern-share.ts";
import { errorPatternSurvival } from "./metrics/error-pattern-survival.ts";
import { exactDuplicateShare } from "./metrics/exact-duplicate-share.ts";
import { factOutOfScopeShare } from "./metrics/fact-out-of-scope-share.ts";
import { followUpShare } from "./metrics/follow-up-share.ts";
import { hiddenSyntheticShare } from "./metrics/hidden-synthetic-share.ts";
import { holdoutLoss } from "./metrics/holdout-loss.ts";
import { interruptedShare } from "./metrics/interrupted-share.ts";
import { judgeAcceptance } from "./metrics/judge-acceptance.ts";
import { judgeConcentration } from "./metrics/judge-concentration.ts";
import { judgeMix } from "./metrics/judge-mix.ts";
import { judgeSelfPreference } from "./metrics/judge-self-preference.ts";
import { ledFall } from "./metrics/led-fall.ts";
import { lengthJsd } from "./metrics/length-jsd.ts";
import { lengthPsi } from "./metrics/length-psi.ts";
import { lossNoise } from "./metrics/loss-noise.ts";
import { mixDrop } from "./metrics/mix-drop.ts";
import { mixExplained } from "./metrics/mix-explained.ts";
import { modelMix } from "./metrics/model-mix.ts";
import { nearDuplicateShare } from "./metrics/near-duplicate-share.ts";
import { newJudgeShare } from "./metrics/new-judge-share.ts";
import { offlineScore } from "./metrics/offline-score.ts";
import { onlineFixedMix } from "./metrics/online-fixed-mix.ts";
import { onlineSuccess } from "./metrics/online-success.ts";
import { originMix } from "./metrics/origin-mix.ts";
import { paraphraseGap } from "./metrics/paraphrase-gap.ts";
import { proxyLead } from "./metrics/proxy-lead.ts";
import { rateRegression } from "./metrics/rate-regression.ts";
import { refusalShare } from "./metrics/refusal-share.ts";
import { regressedBuckets } from "./metrics/regressed-buckets.ts";
import { replyActEntropy } from "./metrics/reply-act-entropy.ts";
import { replyActMix } from "./metrics/reply-act-mix.ts";
import { replyLengthBits } from "./metrics/reply-length-bits.ts";
import { replyShapeBits } from "./metrics/reply-shape-bits.ts";
import { seqRep4 } from "./metrics/seq-rep-4.ts";
import { skeletonDistinct6 } from "./metrics/skeleton-distinct-6.ts";
import { skeletonLeak } from "./metrics/skeleton-leak.ts";
import { stockPhraseShare } from "./metrics/stock-phrase-share.ts";
import { suiteCeiling } from "./metrics/suite-ceiling.ts";
import { suiteItemAge } from "./metrics/suite-item-age.ts";
import { suiteJudges } from "./metrics/suite-judges.ts";
import { suiteLegacy } from "./metrics/suite-legacy.ts";
import { suiteMadeLeast } from "./metrics/suite-made-least.ts";
import { suiteMadeShare } from "./metrics/suite-made-share.ts";
import { suiteMissing } from "./metrics/suite-missing.ts";
import { suiteModelScore } from "./metrics/suite-model-score.ts";
import { survivalByLength } from "./metrics/survival-by-length.ts";
import { syntheticPerplexity } from "./metrics/synthetic-perplexity.ts";
import { tailCoverage } from "./metrics/tail-coverage.ts";
import { tailCoverageBuckets } from "./metrics/tail-coverage-buckets.ts";
import { tailMassRatio } from "./metrics/tail-mass-ratio.ts";
import { trainingLoss } from "./metrics/training-loss.ts";
import { uncoveredAlarms } from "./metrics/uncovered-alarms.ts";
import { unknownOriginShare } from "./metrics/unknown-origin-share.ts";
import { untestedBuckets } from "./metrics/untested-buckets.ts";
import { volume } from "./metrics/volume.ts";
import { wordJsd } from "./metrics/word-jsd.ts";
import { wordPsi } from "./metrics/word-psi.ts";

/** Every metric, in the order of its file's name. */
export const METRICS: readonly Metric[] = [
  acceptanceBalance,
  acceptanceHillRatio,
  acceptanceNarrowing,
  alarmExplained,
  bucketRate,
  bucketRegression,
  calmStall,
  cautionGap,
  confidentGapShare,
  contextFit,
  controlExplained,
  curveChange,
  decoupledWindows,
  distinct4,
  driftConcluded,
  driftCorrelation,
  driftLag,
  driftRankCorrelation,
  driftWhitened,
  emptyReplyShare,
  errorPatternAccepted,
  errorPatternRise,
  errorPatternShare,
  errorPatternSurvival,
  exactDuplicateShare,
  factOutOfScopeShare,
  followUpShare,
  hiddenSyntheticShare,
  holdoutLoss,
  interruptedShare,
  judgeAcceptance,
  judgeConcentration,
  judgeMix,
  judgeSelfPreference,
  ledFall,
  lengthJsd,
  lengthPsi,
  lossNoise,
  mixDrop,
  mixExplained,
  modelMix,
  nearDuplicateShare,
  newJudgeShare,
  offlineScore,
  onlineFixedMix,
  onlineSuccess,
  originMix,
  paraphraseGap,
  proxyLead,
  rateRegression,
  refusalShare,
  regressedBuckets,
  replyActEntropy,
  replyActMix,
  replyLengthBits,
  replyShapeBits,
  seqRep4,
  skeletonDistinct6,
  skeletonLeak,
  stockPhraseShare,
  suiteCeiling,
  suiteItemAge,
  suiteJudges,
  suiteLegacy,
  suiteMadeLeast,
  suiteMadeShare,
  suiteMissing,
  suiteModelScore,
  survivalByLength,
  syntheticPerplexity,
  tailCoverage,
  tailCoverageBuckets,
  tailMassRatio,
  trainingLoss,
  uncoveredAlarms,
  unknownOriginShare,
  untestedBuckets,
  volume,
  wordJsd,
  wordPsi,
];
