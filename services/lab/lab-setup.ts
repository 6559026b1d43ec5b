/** What a run of the lab needs beside a log: its policy, the reference every lane is held against, and a codec. */
import { join } from "node:path";
import type { Codec } from "../adapters/avro/codec.ts";
import type { Catalogue } from "../core/catalogue.ts";
import { buildReference } from "../core/reference/build-reference.ts";
import type { Reference } from "../core/reference.ts";
import { policyDirectory } from "../runtime/policy-directory.ts";
import { loadPolicyFiles, type PolicyContent } from "../runtime/policy-files.ts";
import type { LabCodec } from "./lab-watch.ts";
import type { PreparedLab } from "./prepare-lab.ts";

/** Pseudo-windows of the lab's null: enough for a mean and a deviation, a second to draw. */
export const LAB_NULL_DRAWS = 60;
/** The lane name that stands for all lanes without a reference of their own. */
export const ANY_LANE = "*";

/** The shipped rules with the lab's lanes. Throws, listing every problem, when the files are not as they should be. */
export function labPolicy(catalogue: Catalogue): PolicyContent {
  const directory = policyDirectory();
  const loaded = loadPolicyFiles({
    rulesPath: join(directory, "rules.yaml"),
    lanesPath: join(directory, "lab-lanes.yaml"),
    catalogue,
  });
  if (loaded.ok) return loaded;
  const problems = loaded.problems.map(({ file, line, message }) => `${file}:${line}: ${message}`);
  throw new Error(`the lab's policy is not valid:\n${problems.join("\n")}`);
}

export function labReference(lab: PreparedLab, catalogue: Catalogue): Reference {
  return buildReference({
    lane: ANY_LANE,
    texts: lab.reference,
    seed: lab.seed,
    nullDraws: LAB_NULL_DRAWS,
    metrics: catalogue.metrics,
  });
}

export function labCodec(codec: Codec): LabCodec {
  return {
    encode: (topic, record) => codec.encode(topic, record as never),
    decode(topic, value) {
      const decoded = codec.decodeGeneric(topic, value);
      return decoded.ok ? (decoded.record as never) : null;
    },
  };
}
