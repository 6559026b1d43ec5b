/**
 * Traffic that breaches when told, under rules that need no reference: near-duplicates in the samples, failures in the
 * outcomes. One family is a watch and, twice running, a throttle; both in two consecutive decision windows freeze.
 */
import type { RecordOf } from "../../services/adapters/avro/codec.ts";
import type { CommandRecord } from "../../services/core/records.ts";
import type { Rule } from "../../services/core/rule.ts";

const COPIED =
  "We are sorry for the delay of your parcel and have sent the money back to the card that you paid with";

function rule(own: Pick<Rule, "id" | "metric" | "stage" | "segment" | "breach">): Rule {
  return {
    ...own,
    title: own.id,
    bucket: "",
    warn: [],
    severity: "ticket",
    owner: "nobody",
    page: "docs/rules.md",
    source: "made for a test",
  };
}

export const BREACH_RULES: readonly Rule[] = [
  rule({
    id: "copies",
    metric: "near_duplicate_share",
    stage: "candidate",
    segment: "generated",
    breach: [{ field: "value", op: "gt", threshold: 0.2 }],
  }),
  rule({
    id: "failures",
    metric: "online_success",
    stage: "reply",
    segment: "all",
    breach: [{ field: "value", op: "lt", threshold: 0.5 }],
  }),
];

/** Texts of the lane differ in one word only. */
export function copied(sample: RecordOf<"samples">, n: number): RecordOf<"samples"> {
  return { ...sample, output: `${COPIED} ${n.toString(36)}` };
}

export function unresolved(outcome: RecordOf<"outcomes">): RecordOf<"outcomes"> {
  return { ...outcome, resolved: false };
}

/** Freezes a subject that no text carries: a decision and a gate, and no sample is held. `n` tells one from another. */
export function freezeCommand(n: number, lane: string): CommandRecord {
  return {
    commandId: `freeze-${n}`,
    kind: "freeze",
    subject: `template:t${n}@9`,
    lane,
    actor: "ann",
    reason: "a test",
    issuedMs: Date.now(),
    keyId: "",
    signature: "",
  };
}
