import { describe, expect, it } from "vitest";
import { createCodec } from "../../../../services/adapters/avro/codec.ts";
import { writable } from "../../../../services/adapters/avro/writable.ts";
import { sampleOf } from "../../../support/producers.ts";

function nested(depth: number, core: unknown): unknown {
  let value = core;
  for (let i = 0; i < depth; i += 1) value = [value];
  return value;
}

describe("a value made writable", () => {
  it("changes lone surrogates at any depth that a schema has, and copies nothing else", () => {
    const kept = { a: ["sound", { b: "\u{1f600}" }] };
    expect(writable(kept)).toBe(kept);
    const mixed = { kept, list: ["sound", "\ud800"] };
    expect(writable(mixed)).toEqual({ kept, list: ["sound", "\ufffd"] });
    expect((writable(mixed) as typeof mixed).kept).toBe(kept);
    expect(mixed.list[1]).toBe("\ud800");
  });

  it("takes one look at each part, however lists nest", () => {
    const startedMs = performance.now();
    // Looking twice a level would take 2^40 looks.
    expect(JSON.stringify(writable(nested(12, "\ud800")))).toBe(JSON.stringify(nested(12, "\ufffd")));
    writable(nested(40, "\ud800"));
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });

  it("leaves a value that nests without end to be refused in words", () => {
    const codec = createCodec();
    const endless = nested(50_000, "x");
    expect(codec.problemsOf("samples", sampleOf("s", { source: endless as string }))).toEqual([
      "source: got a list of 1, expected union:unwrapped",
    ]);
    expect(() => codec.encode("samples", sampleOf("s", { output: endless as string }))).toThrow(
      "samples: output: got a list of 1, expected string",
    );
  });
});
