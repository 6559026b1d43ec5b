import { encodeForwardNote, FORWARD_HEADER } from "../../services/core/record-headers.ts";

/** Headers of a sample as the gatekeeper forwards it. */
export function forwardedHeaders(reasons: readonly string[]): Readonly<Record<string, string>> {
  return {
    [FORWARD_HEADER]: encodeForwardNote({ sourceOffset: 4_711, gateRevision: 7, enforced: true, reasons }),
  };
}
