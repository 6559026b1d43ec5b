import { ALL } from "../catalogue.ts";
import { OTHER } from "../policy.ts";
import type { WindowRecord } from "../records.ts";

/** The model version that answered most of the window's requests, `<id>@<version>`; null where none is named. */
export function deployedVersion(rows: readonly WindowRecord[]): string | null {
  const replies = rows.find(({ stage, segment }) => stage === "reply" && segment === ALL);
  const shares = (replies?.results ?? []).filter(
    ({ metric, bucket }) => metric === "model_mix" && bucket !== "" && bucket !== OTHER,
  );
  if (shares.length === 0) return null;
  return shares.reduce((a, b) => ((b.value ?? 0) > (a.value ?? 0) ? b : a)).bucket;
}
