import { expect, it } from "vitest";
import { KeyTable } from "../../../../services/core/gatekeeper/key-table.ts";
import { Random } from "../../../../services/core/random.ts";

it("holds what a set of pairs holds, also where low halves are alike or zero", () => {
  const random = new Random("key table");
  const table = new KeyTable();
  for (const round of [1, 2]) {
    const set = new Set<string>();
    for (let i = 0; i < 5_000; i += 1) {
      const hi = random.below(200);
      // Zero shares a place with one, which nothing but a hash of exactly 32 zeros notices.
      const lo = random.below(40) === 0 ? 0 : 2 + random.below(100);
      expect(table.has(hi, lo)).toBe(set.has(`${hi} ${lo}`));
      table.add(hi, lo);
      set.add(`${hi} ${lo}`);
      expect(table.has(hi, lo)).toBe(true);
    }
    expect(table.size).toBe(set.size);
    table.clear();
    expect([table.size, table.has(3, 4), round]).toEqual([0, false, round]);
  }
});
