import { expect, it } from "vitest";
import type { ReferenceRecord } from "../../../services/core/records.ts";
import { Documents } from "../../../services/runtime/published-documents.ts";

function reference(version: string, bytes: number): ReferenceRecord {
  return { kind: "reference", lane: "l", version, chunk: 0, chunks: 1, body: new Uint8Array(bytes) };
}

it("keeps every version for a replay, up to a bound in bytes that says so", () => {
  const documents = new Documents("every", 1_000);
  for (const version of ["a", "b", "c"]) documents.add(reference(version, 300));
  // Published again, it is the same document.
  documents.add(reference("b", 300));
  expect(documents.versions("reference", "l")).toEqual(["a", "c", "b"]);
  documents.remove("reference/l@a/chunk/0");
  documents.add(reference("d", 400));
  expect(() => documents.add(reference("e", 1))).toThrow(
    "the topic `references` holds more than 1000 bytes in versions of documents, and a replay keeps them all",
  );
});
