import { describe, expect, it } from "vitest";
import { canonicalJson } from "../../../../services/runtime/canonical-json.ts";
import { DIFFERENCES_MAX, equal, RowSet } from "../../../../services/runtime/replay/row-set.ts";

describe("rows of two sides", () => {
  it("are equal as multisets, in any order and with keys in any order", () => {
    const rows = new RowSet("rows");
    rows.replayed({ a: 1, b: [2, { c: 3, d: null }] });
    rows.replayed("text");
    rows.replayed("text");
    rows.recorded("text");
    rows.recorded({ b: [2, { d: null, c: 3 }], a: 1 });
    rows.recorded("text");
    const compared = rows.compare();
    expect(compared).toMatchObject({
      recorded: 3,
      replayed: 3,
      onlyRecorded: 0,
      onlyReplayed: 0,
      examples: [],
    });
    expect(equal(compared)).toBe(true);
  });

  it("differ where one side has a row more often; the first differences are shown, all are counted", () => {
    const rows = new RowSet("rows");
    for (let i = 0; i < 5_000; i += 1) rows.recorded(`row ${i}`);
    rows.replayed("row 0");
    rows.replayed("another");
    rows.replayed("another");
    const compared = rows.compare();
    expect(compared).toMatchObject({ recorded: 5_000, replayed: 3, onlyRecorded: 4_999, onlyReplayed: 2 });
    expect(compared.examples).toEqual(["- row 1", "- row 2", "- row 3", "- row 4", "- row 5"]);
    expect(compared.examples).toHaveLength(DIFFERENCES_MAX);
  });

  it("take a late recorded row only where it is awaited", () => {
    const rows = new RowSet("rows");
    rows.replayed("awaited");
    expect(rows.awaits).toBe(true);
    expect(rows.recordedIfAwaited("newer")).toBe(false);
    expect(rows.recordedIfAwaited("awaited")).toBe(true);
    expect(rows.recordedIfAwaited("awaited")).toBe(false);
    expect(rows.awaits).toBe(false);
    expect(equal(rows.compare())).toBe(true);
  });
});

it("canonical JSON is JSON with sorted keys", () => {
  const value = { z: [1.5, -0, Number.NaN, null, 'ü\n"'], a: { b: undefined, a: true }, e: {}, l: [] };
  expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
  expect(canonicalJson(value)).toBe('{"a":{"a":true},"e":{},"l":[],"z":[1.5,0,null,null,"ü\\n\\""]}');
  expect(canonicalJson({ body: new Uint8Array([1, 2, 3]) })).toBe('{"body":"AQID"}');
});
