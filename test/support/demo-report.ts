/** A run of the lab with numbers made by hand, and the address of a run that never was. */
import type { UpInfo } from "../../services/cli/demo-view/run-info-lines.ts";
import type { GateState } from "../../services/core/records.ts";
import type { GenerationReport, LabReport } from "../../services/lab/lab-report.ts";

const COLLAPSED = ["divergence", "repetition", "support"];

function generation(
  values: readonly [number, number | null, number, number, number, number],
  gate: GateState,
  families: readonly string[],
): GenerationReport {
  const [tailCoverage, distinct4, jsd, offline, online, onlineTail] = values;
  return { tailCoverage, distinct4, jsd, offline, online, onlineTail, gate, families };
}

/** Replace frozen at 2 and collapsed until distinct-4 cannot be said, fresh unharmed, governed resumed at 3. */
export const DEMO_REPORT: LabReport = {
  seed: 7,
  seconds: 18.25,
  lanes: {
    replace: {
      generations: [
        generation([0.8, 0.88, 0.07, 0.95, 0.36, 0.4], "throttled", ["repetition"]),
        generation([0.5, 0.66, 0.12, 0.94, 0.33, 0.3], "frozen", COLLAPSED),
        generation([0.3, 0.39, 0.22, 0.93, 0.31, 0.2], "frozen", COLLAPSED),
        generation([0.15, 0.18, 0.37, 0.91, 0.28, 0.15], "frozen", COLLAPSED),
        generation([0.06, null, 0.53, 0.9, 0.24, 0.08], "frozen", COLLAPSED),
      ],
      frozenAtGeneration: 2,
      resumedAtGeneration: null,
      rule: "tail_coverage_collapse",
      evidence: {
        breaches: [
          "tail_coverage_collapse: tail_coverage value 0.5 < 0.7 and z -25.1 < -4",
          "skeleton_repetition: skeleton_distinct_6 z -43.2 < -8 and ratio 0.7 < 0.97",
          "ngram_repetition: distinct_4 ratio 0.69 < 0.85 and z -84.9 < -4",
          "word_divergence: word_jsd ratio 2.05 >= 1.5 and z 62.3 > 4",
        ],
        samples: ["replace-g2-s265", "replace-g2-s440", "replace-g2-s1723", "replace-g2-s884"],
      },
    },
    fresh: {
      generations: [
        generation([0.98, 0.95, 0.061, 0.95, 0.36, 0.4], "open", []),
        generation([0.95, 0.93, 0.061, 0.948, 0.35, 0.39], "open", []),
        generation([0.94, 0.94, 0.061, 0.955, 0.35, 0.38], "open", []),
        generation([0.98, 0.93, 0.061, 0.95, 0.35, 0.39], "open", []),
        generation([0.95, 0.94, 0.063, 0.95, 0.354, 0.38], "open", []),
      ],
      frozenAtGeneration: null,
      resumedAtGeneration: null,
      rule: null,
      evidence: null,
    },
    governed: {
      generations: [
        generation([0.79, 0.89, 0.07, 0.95, 0.36, 0.4], "throttled", ["repetition"]),
        generation([0.51, 0.67, 0.121, 0.93, 0.32, 0.29], "frozen", COLLAPSED),
        generation([0.96, 0.95, 0.06, 0.95, 0.36, 0.42], "frozen", []),
        generation([0.92, 0.94, 0.063, 0.95, 0.35, 0.37], "probation", []),
        generation([0.95, 0.94, 0.063, 0.96, 0.345, 0.36], "open", []),
      ],
      frozenAtGeneration: 2,
      resumedAtGeneration: 3,
      rule: "tail_coverage_collapse",
      evidence: { breaches: ["word_divergence: word_jsd ratio 2.05 >= 1.5"], samples: ["governed-g2-s1"] },
    },
  },
};

export const DEMO_UP: UpInfo = {
  startMs: 4_321,
  bootstrap: "127.0.0.1:41234",
  sqlUrl: "http://127.0.0.1:8123",
  consoleUrl: "http://127.0.0.1:8420",
  home: "/home/ann/plumbline/.plumbline",
  prefix: "lab-7f3a21.",
  metricsUrls: {
    recorder: "http://127.0.0.1:40001",
    governor: "http://127.0.0.1:40002",
    monitor: "http://127.0.0.1:40003",
    gatekeeper: "http://127.0.0.1:40004",
  },
};
