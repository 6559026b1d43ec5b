/** Every gate as it stands, and what freeing it takes. */
import { GOVERNOR_ACTOR } from "../../core/governor/governor.ts";
import type { LanePolicy } from "../../core/policy.ts";
import { laneOfSubject } from "../../core/subject.ts";
import { GATES_SHOWN_MAX, type GateAnswer, type ResumeNeed } from "../answers/gates-answer.ts";
import type { ConsoleDependencies } from "../dependencies.ts";
import { type GateRow, latestGates } from "./latest-gates.ts";

/** Who froze what is frozen: may not resume it. */
const AUTHORS_SQL = `
SELECT toString(lane) AS lane_name, subject, argMax(actor, revision) AS author
FROM decisions
WHERE _topic = {topic:String} AND to_state = 'frozen' AND from_state != 'frozen'
GROUP BY lane_name, subject
LIMIT 100000`;

const STALE_TREATMENTS: Readonly<Record<LanePolicy["staleGate"], string>> = {
  hold: "treated as its last state says",
  open: "treated as open",
  freeze: "treated as frozen",
};
const STATE_ORDER = ["frozen", "rolled_back", "throttled", "probation", "watch", "open"];

export async function gatesOf(
  { sql, names, published }: Pick<ConsoleDependencies, "sql" | "names" | "published">,
  nowMs: number,
): Promise<{ readonly gates: readonly GateAnswer[]; readonly gatesTotal: number }> {
  const [rows, authors] = await Promise.all([
    latestGates(sql, names.full("gates")),
    sql.rows<{ readonly lane_name: string; readonly subject: string; readonly author: string }>(AUTHORS_SQL, {
      topic: names.full("decisions"),
    }),
  ]);
  const authorBy = new Map(
    authors.map(({ lane_name: lane, subject, author }) => [`${lane}\u001f${subject}`, author]),
  );
  const titles = new Map(published.rules.map(({ id, title }) => [id, title]));
  const gates = rows.map((row): GateAnswer => {
    const policy = published.policies.of(row.lane);
    const author = authorBy.get(`${row.lane}\u001f${row.subject}`) ?? "";
    return {
      lane: row.lane,
      subject: row.subject,
      state: row.state,
      share: row.share,
      sinceMs: row.since_ms,
      validUntilMs: row.until_ms,
      stale: row.until_ms < nowMs,
      staleTreatment: STALE_TREATMENTS[policy.staleGate],
      rule: row.rule,
      ruleTitle: titles.get(row.rule) ?? "",
      cause: row.cause,
      decisionId: row.decision_id,
      enforced: policy.enforce,
      needs: row.state === "frozen" ? resumeNeeds(row, policy, author) : [],
    };
  });
  gates.sort(
    (a, b) =>
      STATE_ORDER.indexOf(a.state) - STATE_ORDER.indexOf(b.state) ||
      (a.lane < b.lane ? -1 : a.lane > b.lane ? 1 : a.subject < b.subject ? -1 : 1),
  );
  return { gates: gates.slice(0, GATES_SHOWN_MAX), gatesTotal: gates.length };
}

/** As `mayResume` asks for them; the governor has the last word. */
function resumeNeeds(gate: GateRow, policy: LanePolicy, author: string): readonly ResumeNeed[] {
  const { approvers, resumeCleanWindows } = policy;
  // Clean windows are the lane's; the gate of a part of it does not say how many there were.
  const clean = laneOfSubject(gate.subject) === null ? null : gate.clean_windows;
  return [
    clean === null
      ? { text: `${resumeCleanWindows} clean decision windows of the lane since the freeze`, met: null }
      : {
          text: `${clean} of ${resumeCleanWindows} clean decision windows`,
          met: clean >= resumeCleanWindows,
        },
    approvers.length === 0
      ? { text: "an approver: the lane's policy names nobody yet", met: false }
      : { text: `one of its approvers asks: ${approvers.join(", ")}`, met: null },
    ...(author === "" || author === GOVERNOR_ACTOR
      ? []
      : [{ text: `not ${author}, who froze it`, met: null }]),
    { text: "a reason", met: null },
  ];
}
