import { describe, expect, it } from "vitest";
import { formatOf, refuseByClass, refuseByTree } from "../../../services/adapters/store/statement-gate.ts";

const TABLE_FUNCTIONS = new Set(["numbers", "file", "url", "brandnewsource"]);
const tree = (name: string): string =>
  `SelectWithUnionQuery (children 1)\n ExpressionList (children 1)\n  Function ${name} (children 1)\n   Literal 'Function file'`;

describe("the gate by syntax tree", () => {
  it("lets ordinary functions and harmless sources through", () => {
    for (const name of ["count", "numbers", "airport", "arrayMap", "fileName"]) {
      expect(refuseByTree(tree(name), TABLE_FUNCTIONS)).toBeNull();
    }
  });

  it("refuses what reads outside, in any spelling, and every source it does not know", () => {
    for (const name of [
      "file",
      "FILE",
      "url",
      "brandNewSource",
      "aiGenerate",
      "AIClassify",
      "catboostEvaluate",
    ]) {
      expect(refuseByTree(tree(name), TABLE_FUNCTIONS), name).not.toBeNull();
    }
  });

  it("refuses statements that do not begin as reading ones", () => {
    for (const root of ["InsertQuery", "digraph {", "Set", "DropQuery", ""]) {
      expect(refuseByTree(root, TABLE_FUNCTIONS)).not.toBeNull();
    }
  });

  it("finds the format a statement names, and no other identifier", () => {
    expect(
      formatOf("SelectWithUnionQuery (children 2)\n ExpressionList\n  Identifier x\n Identifier JSON"),
    ).toBe("JSON");
    expect(formatOf("SelectWithUnionQuery (children 1)\n ExpressionList\n  Identifier x")).toBeNull();
  });
});

describe("the gate by class", () => {
  const analysis = { statementCount: 1, queryClass: 0, hasSecrets: false };
  it("wants one statement that reads, without credentials", () => {
    expect(refuseByClass(analysis)).toBeNull();
    expect(refuseByClass({ ...analysis, statementCount: 2 })).not.toBeNull();
    expect(refuseByClass({ ...analysis, hasSecrets: true })).not.toBeNull();
    for (const queryClass of [1, 2, 3]) expect(refuseByClass({ ...analysis, queryClass })).not.toBeNull();
  });
});
