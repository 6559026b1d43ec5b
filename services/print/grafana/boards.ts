import type { Catalogue } from "../../core/catalogue.ts";
import type { Rule } from "../../core/rule.ts";
import type { Board } from "./board.ts";
import { bucketsBoard } from "./buckets-board.ts";
import { divergenceBoard } from "./divergence-board.ts";
import { GOVERNANCE_BOARD } from "./governance-board.ts";
import { laneBoard } from "./lane-board.ts";
import { OPERATIONS_BOARD } from "./operations-board.ts";
import { OVERVIEW_BOARD } from "./overview-board.ts";
import { sourcesBoard } from "./sources-board.ts";

/** All dashboards. Lines and words of rules come from `rules`, those of metrics from the catalogue. */
export function boards(rules: readonly Rule[], catalogue: Catalogue): readonly Board[] {
  return [
    OVERVIEW_BOARD,
    laneBoard(rules, catalogue),
    divergenceBoard(rules),
    bucketsBoard(rules),
    sourcesBoard(catalogue),
    GOVERNANCE_BOARD,
    OPERATIONS_BOARD,
  ];
}
