import { describe, expect, it } from "vitest";
import { YAML_NESTING_MAX, YamlFile } from "../../../services/runtime/yaml-file.ts";

describe("a YAML file that nests", () => {
  it.each([
    ["lists in brackets", `a: ${"[".repeat(20_000)}1${"]".repeat(20_000)}`],
    ["maps in brackets", `a: ${'{"a":'.repeat(20_000)}1`],
    ["lists by dashes", `${"- ".repeat(20_000)}1`],
    ["keys by question marks", `${"? ".repeat(20_000)}1`],
    ["maps by indent", Array.from({ length: 300 }, (_, i) => `${" ".repeat(i)}a:`).join("\n")],
  ])("without end is refused before it is parsed: %s", (_name, text) => {
    const { problems } = new YamlFile("f.yaml", text);
    expect(problems).toHaveLength(1);
    expect(problems[0]!.message).toBe(`nested more than ${YAML_NESTING_MAX} deep`);
  });

  it("names the line", () => {
    const { problems } = new YamlFile("f.yaml", `a: 1\nb: ${"[".repeat(65)}`);
    expect(problems.map(({ line }) => line)).toEqual([2]);
  });

  it("is read as deep as anyone writes one", () => {
    const deep = `a: ${"[".repeat(60)}1${"]".repeat(60)}\nb: { c: [1], d: "]]]" }\n`;
    expect(new YamlFile("f.yaml", deep.repeat(1)).problems).toEqual([]);
  });

  it("is read whatever brackets its comments have, which hide none of its own", () => {
    const comment = `# ${"[".repeat(100)}\na: 1 # ${"{".repeat(100)}\n`;
    expect(new YamlFile("f.yaml", comment).problems).toEqual([]);
    const hidden = `a: ["b #", ${"[".repeat(20_000)}`;
    expect(new YamlFile("f.yaml", hidden).problems).toHaveLength(1);
    expect(new YamlFile("f.yaml", `a: ["\n # ", ${"[".repeat(20_000)}`).problems).toHaveLength(1);
  });

  it("is read whatever brackets and indents its texts have", () => {
    const brackets = "[".repeat(100);
    const text = `a: "${brackets}"\nb: '${brackets}\n  ${brackets}'\nc: |\n  ${brackets}\n  ${" ".repeat(100)}far in\nd: x ${brackets}\n`;
    const file = new YamlFile("f.yaml", text);
    expect(file.problems).toEqual([]);
    expect(file.root.node?.toJSON()).toMatchObject({ a: brackets, d: `x ${brackets}` });
  });

  it("has problems of a length people read", () => {
    const { problems } = new YamlFile("f.yaml", `a: &${"x".repeat(5_000)} 1\nb: *${"y".repeat(5_000)}\n`);
    for (const { message } of problems) expect(message.length).toBeLessThanOrEqual(501);
    const file = new YamlFile("f.yaml", `${"k".repeat(5_000)}: 1\n`);
    file.fields(file.root, ["rules"]);
    expect(Math.max(...file.problems.map(({ message }) => message.length))).toBeLessThanOrEqual(501);
  });
});
