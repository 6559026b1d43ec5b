/** The run as one line an event, for logs and pipes. */
import type { LabProgress } from "../../lab/run-lab.ts";
import { writingWords } from "./demo-state.ts";
import { bits, percent, ratio } from "./figures.ts";

/** One event in words. */
export function progressLine(progress: LabProgress): string {
  const { lane, generation } = progress;
  switch (progress.kind) {
    case "writing":
      return writingWords(progress);
    case "judged": {
      const { tailCoverage, distinct4, jsd, offline, online, onlineTail, gate, families } = progress.report;
      const values = [
        `tail coverage ${ratio(tailCoverage)}`,
        `distinct-4 ${ratio(distinct4)}`,
        `JSD ${bits(jsd)}`,
        `offline ${percent(offline)}`,
        `online ${percent(online)}`,
        `online tail ${percent(onlineTail)}`,
      ];
      const breach = families.length === 0 ? "" : `; in breach: ${families.join(", ")}`;
      return `generation ${generation} of lane ${lane}: gate ${gate}; ${values.join(", ")}${breach}`;
    }
    case "resumed":
      return `lane ${lane} was resumed after generation ${generation}: gate ${progress.gate}`;
  }
}
