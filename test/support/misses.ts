import type { Miss } from "../../services/core/misses/miss.ts";
import type { MissExport } from "../../services/core/misses/miss-export.ts";

export function testMiss(interactionId: string, over: Partial<Miss> = {}): Miss {
  return {
    interactionId,
    bucket: "refund",
    segment: "",
    model: "m@1",
    interactionMs: 1_000,
    failedMs: 2_000,
    cause: "unresolved",
    complaintType: "",
    correction: "",
    request: `ask ${interactionId}`,
    response: `say ${interactionId}`,
    context: "",
    language: "",
    product: "",
    consent: "",
    ...over,
  };
}

export function testExport(over: Partial<MissExport> = {}): MissExport {
  return {
    lane: "a",
    kind: "brief",
    sinceMs: 0,
    untilMs: 3_600_000,
    maturity: "1d",
    items: 2,
    itemsHash: "0011",
    bucketsOfLane: 4,
    gaps: [
      {
        bucket: "refund",
        own: { failures: 120, trials: 400 },
        others: { failures: 200, trials: 2_000 },
      },
    ],
    ...over,
  };
}
