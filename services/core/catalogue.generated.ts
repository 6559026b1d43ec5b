/** Index of `metrics/`, printed by `make generate`; not edited by hand. */
import type { Metric } from "./metric.ts";
import { acceptanceBalance } from "./metrics/acceptance-balance.ts";
import { acceptanceHillRatio } from "./metrics/acceptance-hill-ratio.ts";
import { acceptanceNarrowing } from "./metrics/acceptance-narrowing.ts";
import { contextFit } from "./metrics/context-fit.ts";
import { distinct4 } from "./metrics/distinct-4.ts";
import { emptyReplyShare } from "./metrics/empty-reply-share.ts";
import { exactDuplicateShare } from "./metrics/exact-duplicate-share.ts";
import { followUpShare } from "./metrics/follow-up-share.ts";
import { interruptedShare } from "./metrics/interrupted-share.ts";
import { judgeAcceptance } from "./metrics/judge-acceptance.ts";
import { judgeConcentration } from "./metrics/judge-concentration.ts";
import { judgeSelfPreference } from "./metrics/judge-self-preference.ts";
import { lengthJsd } from "./metrics/length-jsd.ts";
import { lengthPsi } from "./metrics/length-psi.ts";
import { nearDuplicateShare } from "./metrics/near-duplicate-share.ts";
import { offlineScore } from "./metrics/offline-score.ts";
import { onlineSuccess } from "./metrics/online-success.ts";
import { originMix } from "./metrics/origin-mix.ts";
import { refusalShare } from "./metrics/refusal-share.ts";
import { replyActEntropy } from "./metrics/reply-act-entropy.ts";
import { replyActMix } from "./metrics/reply-act-mix.ts";
import { replyLengthBits } from "./metrics/reply-length-bits.ts";
import { replyShapeBits } from "./metrics/reply-shape-bits.ts";
import { seqRep4 } from "./metrics/seq-rep-4.ts";
import { skeletonDistinct6 } from "./metrics/skeleton-distinct-6.ts";
import { stockPhraseShare } from "./metrics/stock-phrase-share.ts";
import { survivalByLength } from "./metrics/survival-by-length.ts";
import { tailCoverage } from "./metrics/tail-coverage.ts";
import { tailCoverageBuckets } from "./metrics/tail-coverage-buckets.ts";
import { tailMassRatio } from "./metrics/tail-mass-ratio.ts";
import { volume } from "./metrics/volume.ts";
import { wordJsd } from "./metrics/word-jsd.ts";
import { wordPsi } from "./metrics/word-psi.ts";

/** Every metric, in the order of its file's name. */
export const METRICS: readonly Metric[] = [
  acceptanceBalance,
  acceptanceHillRatio,
  acceptanceNarrowing,
  contextFit,
  distinct4,
  emptyReplyShare,
  exactDuplicateShare,
  followUpShare,
  interruptedShare,
  judgeAcceptance,
  judgeConcentration,
  judgeSelfPreference,
  lengthJsd,
  lengthPsi,
  nearDuplicateShare,
  offlineScore,
  onlineSuccess,
  originMix,
  refusalShare,
  replyActEntropy,
  replyActMix,
  replyLengthBits,
  replyShapeBits,
  seqRep4,
  skeletonDistinct6,
  stockPhraseShare,
  survivalByLength,
  tailCoverage,
  tailCoverageBuckets,
  tailMassRatio,
  volume,
  wordJsd,
  wordPsi,
];
