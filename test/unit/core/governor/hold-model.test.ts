import { describe, expect, it } from "vitest";
import { METRICS } from "../../../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../../../services/core/catalogue.ts";
import type { Effect } from "../../../../services/core/effect.ts";
import { Governor } from "../../../../services/core/governor/governor.ts";
import { restoreGovernor } from "../../../../services/core/governor/restore-governor.ts";
import type { Input } from "../../../../services/core/input.ts";
import { Policies } from "../../../../services/core/policy.ts";
import { Random } from "../../../../services/core/random.ts";
import { rateResult } from "../../../../services/core/rate-result.ts";
import type { StateRecord } from "../../../../services/core/records.ts";
import { okResult } from "../../../../services/core/result.ts";
import type { Rule } from "../../../../services/core/rule.ts";
import { testPolicy } from "../../../support/policy.ts";
import { windowInputs } from "../../../support/window-inputs.ts";

const RULE: Rule = {
  id: "offline_online_decoupled",
  title: "Evaluations stay calm while users are served worse",
  metric: "decoupled_windows",
  stage: "reply",
  segment: "drift",
  bucket: "*",
  breach: [{ field: "value", op: "gte", threshold: 2 }],
  warn: [],
  holds: "model",
  severity: "page",
  owner: "o",
  page: "p",
  source: "s",
};
const CONFIG = {
  catalogue: new Catalogue(METRICS),
  policies: new Policies(testPolicy()),
  rules: [RULE],
  rulesVersion: "r1",
};

function successes(random: Random, trials: number, rate: number): number {
  let n = 0;
  for (let i = 0; i < trials; i += 1) if (random.nextFloat() < rate) n += 1;
  return n;
}

/** Windows in which the main suite stays flat and users, from the 20th on, do worse and worse. */
function windowAt(t: number, random: Random): Input[] {
  const rate = 0.9 - (Math.max(0, t - 20) / 40) * 0.3;
  return windowInputs(t, [
    ["candidate", "generated", [okResult("volume", 600, 600, null)]],
    [
      "reply",
      "all",
      [
        rateResult("online_success", successes(random, 300, rate), 300, ""),
        okResult("model_mix", 300, 1, null),
        okResult("model_mix", 300, 0.1, null, "writer@6"),
        okResult("model_mix", 300, 0.8, null, "writer@7"),
        okResult("model_mix", 300, 0.1, null, "__other__"),
      ],
    ],
    ["reply", "suite:main", [rateResult("offline_score", successes(random, 400, 0.9), 400, "")]],
  ]);
}

function decided(effects: readonly Effect[]) {
  return effects.flatMap((effect) =>
    effect.type === "publish" && effect.topic === "decisions" ? [effect.record] : [],
  );
}

describe("a rule that holds the model", () => {
  it("freezes the version that answers, once, also over restarts of the governor", () => {
    const random = new Random("hold-model");
    const states = new Map<string, StateRecord>();
    let governor = new Governor(CONFIG, null);
    const held: string[] = [];
    let heldAt = -1;
    for (let t = 0; t < 60; t += 1) {
      const cut = { ranges: [{ topic: "windows", partition: 0, from: t, to: t + 1 }], revisions: {} };
      const effects = governor.absorb(windowAt(t, random), cut);
      for (const effect of effects) {
        if (effect.type === "publish" && effect.topic === "state") states.set(effect.key, effect.record);
      }
      for (const { subject, to, rule, actor, evidence: _evidence } of decided(effects)) {
        if (!subject.startsWith("model:")) continue;
        held.push(`${subject} ${to} ${rule} ${actor}`);
        heldAt = t;
      }
      governor = new Governor(CONFIG, restoreGovernor([...states.values()]));
    }
    expect(held).toEqual(["model:writer@7 frozen offline_online_decoupled plumbline"]);
    // Not before anything fell, and while much of the fall was still to come.
    expect(heldAt).toBeGreaterThan(21);
    expect(heldAt).toBeLessThan(45);
  });
});
