import { describe, expect, it } from "vitest";
import { unescapeParameter } from "../../../services/console/sql-request.ts";

describe("a parameter from an address", () => {
  it("loses one level of escaping", () => {
    expect(unescapeParameter("a\\tb\\nc\\\\d\\'e", false)).toBe("a\tb\nc\\d'e");
    expect(unescapeParameter("\\0", false)).toBe("\0");
    expect(unescapeParameter("\\\\N", false)).toBe("\\N");
    expect(unescapeParameter("plain {p:String} '", false)).toBe("plain {p:String} '");
    expect(unescapeParameter("trailing \\", false)).toBe("trailing \\");
  });

  it("is NULL only when it is nothing else", () => {
    expect(unescapeParameter("\\N", false)).toBeNull();
    expect(unescapeParameter("x\\N", false)).toBe("xN");
  });

  it("doubles the quotes inside an array, which the binding would break", () => {
    expect(unescapeParameter("['it\\'s','b\\\\c']", true)).toBe("['it''s','b\\c']");
  });
});
