import { describe, expect, it } from "vitest";
import type { SchemaJson } from "../../../../services/adapters/avro/schemas.ts";
import { compileWalker } from "../../../../services/adapters/avro/walker.ts";

/** A record with one field `f` of the given type. */
function recordOf(type: SchemaJson): SchemaJson {
  return { type: "record", name: "R", fields: [{ name: "f", type }] };
}

/** What walking these bytes as one field says: its number, or the problem. */
function walked(type: SchemaJson, bytes: readonly number[]): number | string {
  const walker = compileWalker(recordOf(type));
  const row = walker.newRow();
  return walker.walk(Uint8Array.from(bytes), 0, row) ? row.numbers[0]! : row.problem.replace("field f: ", "");
}

const STRINGS = { type: "array", items: "string" };
const TRUNCATED = "bytes end inside the field";

describe("integers", () => {
  it.each([
    [[0x00], 0],
    [[0x01], -1],
    [[0x02], 1],
    [[0x80, 0x01], 64],
    [[0x80, 0x00], 0],
    // 2^53 - 2, the largest the library reads; -2^52, the least it reads exactly.
    [[0xfc, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f], 2 ** 53 - 2],
    [[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f], -(2 ** 52)],
    [[0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f], "integer beyond 2^53"],
    [[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20], "integer beyond 2^53"],
    [[0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10], "integer beyond 2^53"],
    [[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], "integer beyond 2^53"],
    [new Array<number>(11).fill(0x80), "integer of more than 10 bytes"],
    [[0x80], TRUNCATED],
    [[], TRUNCATED],
  ])("long %j is %j", (bytes, result) => {
    expect(walked("long", bytes)).toBe(result);
  });

  it.each([
    [[0xfe, 0xff, 0xff, 0xff, 0x0f], 2 ** 31 - 1],
    [[0xff, 0xff, 0xff, 0xff, 0x0f], -(2 ** 31)],
    [[0x80, 0x80, 0x80, 0x80, 0x10], "int beyond 32 bits"],
  ])("int %j is %j", (bytes, result) => {
    expect(walked("int", bytes)).toBe(result);
  });
});

describe("the other types", () => {
  const E = { type: "enum", name: "E", symbols: ["a", "b"] };
  const F = { type: "fixed", name: "F", size: 3 };

  it.each<[SchemaJson, readonly number[], number | string]>([
    ["null", [], 0],
    ["boolean", [1], 1],
    ["boolean", [2], "boolean is neither 0 nor 1"],
    ["boolean", [], TRUNCATED],
    ["float", [0, 0, 0], TRUNCATED],
    ["double", [0, 0, 0, 0, 0, 0, 0], TRUNCATED],
    [F, [1, 2, 3], 0],
    [F, [1, 2], TRUNCATED],
    [E, [2], 1],
    [E, [4], "no such enum symbol"],
    [E, [1], "no such enum symbol"],
    ["string", [1], "negative length"],
    ["string", [4, 97], TRUNCATED],
    ["string", [0xfe, 0xff, 0xff, 0xff, 0x0f], TRUNCATED],
    [["null", "long"], [2, 4], 2],
    [["null", "long"], [4, 4], "no such union branch"],
    [["null", "long"], [0x80, 0], "no such union branch"],
    [["null", "long"], [], TRUNCATED],
    ["long", [2, 2], "1 bytes after the end of the record"],
  ])("%j from %j is %j", (type, bytes, result) => {
    expect(walked(type, bytes)).toBe(result);
  });
});

describe("arrays and maps", () => {
  it.each<[string, SchemaJson, readonly number[], number | string]>([
    ["empty", STRINGS, [0], 0],
    ["one block", STRINGS, [4, 2, 97, 0, 0], 2],
    ["two blocks", STRINGS, [2, 2, 97, 2, 2, 98, 0], 2],
    ["a sized block", STRINGS, [3, 6, 2, 97, 0, 0], 2],
    ["a block whose size is wrong", STRINGS, [3, 8, 2, 97, 0, 0], "block size is not that of its items"],
    ["a block of negative size", STRINGS, [3, 1, 2, 97, 0, 0], "negative length"],
    ["more items than bytes", STRINGS, [20, 2, 97, 0], "more items announced than bytes remain"],
    ["no end", STRINGS, [2, 2, 97], TRUNCATED],
    [
      "the least long as count",
      STRINGS,
      [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f, 0],
      "more items announced than bytes remain",
    ],
    ["an item cut off", STRINGS, [4, 2, 97, 8, 97], TRUNCATED],
    ["nested arrays: outer items", { type: "array", items: STRINGS }, [2, 4, 0, 0, 0, 0], 1],
    ["a map", { type: "map", values: "long" }, [2, 2, 97, 2, 0], 1],
    ["a map key cut off", { type: "map", values: "long" }, [2, 8, 97], TRUNCATED],
    ["a map key of negative length", { type: "map", values: "long" }, [2, 1, 97], "negative length"],
    ["nullable items", { type: "array", items: ["null", "long"] }, [4, 0, 2, 2, 0], 2],
    [
      "a nullable item of no branch",
      { type: "array", items: ["null", "long"] },
      [2, 6, 2, 0],
      "no such union branch",
    ],
    ["a nullable item cut off", { type: "array", items: ["null", "long"] }, [2, 2], TRUNCATED],
  ])("%s", (_what, type, bytes, result) => {
    expect(walked(type, bytes)).toBe(result);
  });

  it("a map key __proto__ is refused: plain objects cannot hold it", () => {
    const key = [...Buffer.from("__proto__")];
    expect(walked({ type: "map", values: "string" }, [2, 18, ...key, 0, 0])).toBe("map key __proto__");
    expect(walked({ type: "map", values: "string" }, [2, 16, ...key.slice(1), 0, 0])).toBe(1);
  });

  it("a nested bomb is refused as fast as an open one", () => {
    const deep: SchemaJson = {
      type: "array",
      items: { type: "record", name: "I", fields: [{ name: "a", type: STRINGS }] },
    };
    expect(walked(deep, [2, 0x80, 0xe1, 0xeb, 0x2f])).toBe("more items announced than bytes remain");
  });
});

describe("compileWalker refuses", () => {
  it.each<[string, SchemaJson, string]>([
    ["what is no record", "string", "must be a record"],
    ["unions of several types", recordOf(["null", "string", "long"]), "must be [null, T]"],
    ["unions with null last", recordOf(["string", "null"]), "must be [null, T]"],
    ["types that are not there", recordOf("Nobody"), "Nobody is not defined"],
    ["recursion", recordOf("R"), "R is not defined before its use"],
    ["items of no width", recordOf({ type: "array", items: "null" }), "a byte wide"],
    [
      "items of no width in a record",
      recordOf({ type: "array", items: { type: "record", name: "V", fields: [] } }),
      "a byte wide",
    ],
    [
      "items of no width as fixed",
      recordOf({ type: "array", items: { type: "fixed", name: "Z", size: 0 } }),
      "a byte wide",
    ],
  ])("%s", (_what, schema, message) => {
    expect(() => compileWalker(schema)).toThrow(message);
  });

  it("names of fields that are not there", () => {
    expect(() => compileWalker(recordOf("long")).indexOf("g")).toThrow("no field g");
  });
});
