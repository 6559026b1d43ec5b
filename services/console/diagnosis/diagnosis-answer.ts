/** A diagnosis as the page wants it: titles instead of ids, statements with the lane in them. */
import { causeOf } from "../../core/diagnosis/causes.ts";
import type { CheckSeen, RankedCause } from "../../core/diagnosis/diagnose.ts";
import { factKind } from "../../core/diagnosis/facts.ts";
import { lookOf } from "../../core/diagnosis/looks.ts";
import { LOOP_NODES } from "../../core/diagnosis/loop.ts";
import { signalOf } from "../../core/diagnosis/signals.ts";
import { formatNumber } from "../../core/rule.ts";
import { breakdownOf } from "../../diagnosis/breakdowns.ts";
import type { LaneDiagnosis } from "../../diagnosis/read-diagnosis.ts";
import type { DiagnosisAnswer, DiagnosisCause, DiagnosisCheck } from "../answers/diagnosis-answer.ts";

export function diagnosisAnswer(found: LaneDiagnosis): DiagnosisAnswer {
  const { lane, sinceMs, untilMs, diagnosis, loop, loss } = found;
  return {
    lane,
    fromMs: sinceMs,
    toMs: untilMs,
    signals: diagnosis.signals.map(({ signal, sinceMs: since, rules }) => {
      const { title, shows } = signalOf(signal);
      return { title, shows, sinceMs: since, rules };
    }),
    causes: diagnosis.causes.map((cause) => causeAnswer(lane, cause)),
    edges: loop.edges.map(({ from, to, title, state, measures }) => ({
      from: LOOP_NODES[from],
      to: LOOP_NODES[to],
      title,
      state,
      measures: measures.map(({ fact, value, n, of, state: own }) => ({
        title: factKind(fact).title,
        value,
        n,
        of,
        state: own,
      })),
    })),
    closed: { value: loop.closed.value, n: loop.closed.n },
    stages: loss.stages,
    inOrder: loss.inOrder,
  };
}

function causeAnswer(
  lane: string,
  { cause, standing, signals, confirmedBy, ruledOutBy }: RankedCause,
): DiagnosisCause {
  const { title, how, act, look } = causeOf(cause);
  return {
    id: cause,
    title,
    how,
    act,
    standing,
    signals: signals.map((signal) => signalOf(signal).title),
    confirmedBy: confirmedBy.map(checkAnswer),
    ruledOutBy: ruledOutBy.map(checkAnswer),
    look: look.map((id) => ({ ...lookOf(id), sql: breakdownOf(id, lane) })),
  };
}

function checkAnswer({ fact, op, threshold, seen, value, n, of }: CheckSeen): DiagnosisCheck {
  const bound = `${op === "gte" ? "at least" : "at most"} ${formatNumber(threshold)}`;
  return { title: factKind(fact).title, bound, seen, value, n, of };
}
