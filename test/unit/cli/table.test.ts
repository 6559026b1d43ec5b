import { describe, expect, it } from "vitest";
import { CELL_CHARS_MAX, clip, tableLines, textWidth, visible } from "../../../services/cli/table.ts";
import { HOSTILE_NAMES } from "../../support/hostile-names.ts";

describe("tables", () => {
  it("align columns by what a terminal shows", () => {
    const lines = tableLines(
      [{ title: "lane" }, { title: "n", align: "right" }, { title: "state" }],
      [
        ["a", "5", "open"],
        ["\u4e2d\u6587", "1200", ""],
      ],
    );
    expect(lines).toEqual(["lane     n  state", "a        5  open", "\u4e2d\u6587  1200"]);
  });

  it("keep every hostile name on one line without controls", () => {
    for (const name of HOSTILE_NAMES) {
      const lines = tableLines([{ title: "name" }, { title: "next" }], [[name, "x"]]);
      expect(lines).toHaveLength(2);
      expect(lines[1]).not.toMatch(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u);
      expect(lines[1]!.endsWith("x")).toBe(true);
      expect([...lines[1]!].length).toBeLessThanOrEqual(CELL_CHARS_MAX + 3);
    }
  });

  it("write what cannot be seen as its code point", () => {
    expect(visible("a\u0000b\u202ec\u001b[2J\ud800")).toBe("a\\u{0}b\\u{202e}c\\u{1b}[2J\\u{d800}");
    expect(visible("Zo\u00eb \u05e9\u05dc\u05d5\u05dd")).toBe("Zo\u00eb \u05e9\u05dc\u05d5\u05dd");
  });

  it("clip with an ellipsis, never inside a pair", () => {
    expect(clip("abcdef", 4)).toBe("abc\u2026");
    expect(clip("abcd", 4)).toBe("abcd");
    expect(clip("\u{1f600}".repeat(10), 3)).toBe(`${"\u{1f600}".repeat(2)}\u2026`);
    expect(clip("x".repeat(1_000_000), 5)).toBe("xxxx\u2026");
  });

  it("count wide and combining characters", () => {
    expect(textWidth("abc")).toBe(3);
    expect(textWidth("\u4e2d\u6587")).toBe(4);
    expect(textWidth("e\u0301")).toBe(1);
  });
});
