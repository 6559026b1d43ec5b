import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CliError } from "../../../services/cli/io.ts";
import { BadLines } from "../../../services/cli/lines/bad-lines.ts";
import { LINE_BYTES_MAX, type Line, LineSplitter } from "../../../services/cli/lines/line-splitter.ts";
import { TextIds } from "../../../services/cli/lines/text-ids.ts";
import { DEFAULT_FIELDS, parseTextLine } from "../../../services/cli/lines/text-line.ts";
import { HOSTILE_NAMES } from "../../support/hostile-names.ts";

function split(chunks: readonly Uint8Array[]): Line[] {
  const splitter = new LineSplitter();
  return [...chunks.flatMap((chunk) => [...splitter.push(chunk)]), ...splitter.end()];
}

function parse(object: unknown, fields = DEFAULT_FIELDS) {
  return parseTextLine({ number: 1, text: JSON.stringify(object) }, fields);
}

describe("lines", () => {
  it("are the same however the file is cut into chunks", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "grapheme" }), { maxLength: 20 }),
        fc.array(fc.nat(40), { maxLength: 30 }),
        (texts, cuts) => {
          const lines = texts.map((text) => text.replaceAll("\n", "\u2424"));
          const bytes = Buffer.from(lines.join("\n"));
          const chunks: Uint8Array[] = [];
          let at = 0;
          for (const cut of cuts) {
            chunks.push(bytes.subarray(at, at + cut));
            at += cut;
          }
          chunks.push(bytes.subarray(at));
          const whole = split([bytes]);
          expect(split(chunks)).toEqual(whole);
          const first = lines[0]?.startsWith("\ufeff") ? [lines[0].slice(1), ...lines.slice(1)] : lines;
          expect(whole.map((line) => line.text)).toEqual(first.filter((line) => line.trim() !== ""));
        },
      ),
    );
  });

  it("skip blank ones but count them, drop a byte order mark, take a last one without newline", () => {
    expect(split([Buffer.from("\ufeffa\n\n  \r\nb\r\nc")])).toEqual([
      { number: 1, text: "a" },
      { number: 4, text: "b\r" },
      { number: 5, text: "c" },
    ]);
    expect(split([])).toEqual([]);
  });

  it("pass over one that is too long, and go on", () => {
    const part = Buffer.alloc(16_777_216, "x");
    const chunks = Array.from({ length: LINE_BYTES_MAX / part.length + 1 }, () => part);
    expect(split([...chunks, Buffer.from("\nnext\n")])).toEqual([
      { number: 1, text: null },
      { number: 2, text: "next" },
    ]);
  });
});

describe("a line of text", () => {
  it("has what it names, and nothing for the rest", () => {
    expect(parse({ text: "hi" })).toEqual({
      ok: true,
      value: {
        text: "hi",
        id: null,
        bucket: "",
        cluster: "",
        template: "",
        teacher: "",
        judge: "",
        source: "",
        origin: null,
      },
    });
    const full = parse({ text: "", id: 7, bucket: true, origin: "human_direct", template: "qa@3" });
    expect(full).toMatchObject({
      ok: true,
      value: { text: "", id: "7", bucket: "true", origin: "human_direct", template: "qa@3" },
    });
    expect(parse({ text: "x", origin: "the moon" })).toMatchObject({ value: { origin: "unknown" } });
  });

  it("takes hostile names as they are", () => {
    for (const name of HOSTILE_NAMES.filter((hostile) => hostile.length <= 256)) {
      expect(parse({ text: name, bucket: name, id: name })).toMatchObject({
        ok: true,
        value: { text: name, bucket: name, id: name },
      });
    }
  });

  it("reads a bucket and a field called __proto__", () => {
    const line = { number: 1, text: '{"__proto__": {"text": "no"}, "text": "yes", "bucket": "__proto__"}' };
    expect(parseTextLine(line, DEFAULT_FIELDS)).toMatchObject({
      value: { text: "yes", bucket: "__proto__" },
    });
    expect(parseTextLine({ number: 1, text: '{"__proto__": {"text": "no"}}' }, DEFAULT_FIELDS)).toMatchObject(
      {
        ok: false,
        bad: { code: "text_missing" },
      },
    );
  });

  it("is bad with a code and the way out", () => {
    const code = (text: string) => {
      const parsed = parseTextLine({ number: 1, text }, DEFAULT_FIELDS);
      return parsed.ok ? "ok" : parsed.bad;
    };
    expect(code("not json")).toMatchObject({ code: "json_invalid" });
    expect(code("[")).toMatchObject({ code: "json_invalid", detail: expect.stringContaining("jq -c '.[]'") });
    expect(code("\u001f\ufffd\b")).toMatchObject({ detail: expect.stringContaining("zcat") });
    expect(code('["a"]')).toMatchObject({ code: "not_an_object" });
    expect(code("3")).toMatchObject({ code: "not_an_object" });
    expect(code("null")).toMatchObject({ code: "not_an_object" });
    expect(code('{"completion": "x"}')).toMatchObject({
      code: "text_missing",
      detail: expect.stringContaining('"completion": name the one to read with --text-field'),
    });
    expect(code('{"text": 3}')).toMatchObject({ code: "text_missing" });
    expect(code('{"text": "a", "bucket": {}}')).toMatchObject({ code: "field_invalid" });
    expect(code(`{"text": "a", "id": "${"x".repeat(257)}"}`)).toMatchObject({ code: "field_invalid" });
    expect(parseTextLine({ number: 1, text: null }, DEFAULT_FIELDS)).toMatchObject({
      bad: { code: "line_too_long" },
    });
    expect(parse({ answer: "a" }, { text: "answer", bucket: "bucket" }).ok).toBe(true);
  });
});

describe("ids of texts without one", () => {
  it("do not depend on the order of lines, and tell equal texts apart", () => {
    const texts = ["a", "b", "a", "", "a", "\ud800"];
    const named = (list: readonly string[]): string[] => {
      const ids = new TextIds();
      return list.map((text, i) => ids.idOf(text, i + 1)).sort();
    };
    expect(named(texts)).toEqual(named([...texts].reverse()));
    expect(new Set(named(texts)).size).toBe(texts.length);
  });
});

describe("bad lines", () => {
  it("are counted by code with their first numbers", () => {
    const lines = new BadLines("f");
    lines.good();
    for (let i = 1; i <= 30; i += 1) lines.bad(i, { code: "json_invalid", detail: "d" });
    lines.bad(31, { code: "text_missing", detail: "e" });
    lines.finish();
    expect(lines.counts()).toEqual({
      json_invalid: { count: 30, firstLines: [1, 2, 3, 4, 5], detail: "d" },
      text_missing: { count: 1, firstLines: [31], detail: "e" },
    });
    expect(lines.total).toBe(31);
    expect(lines.lines()[0]).toContain("line 1, 2, 3, 4, 5, …");
  });

  it("refuse a file whose first 20 lines are all bad, and one without lines", () => {
    const lines = new BadLines("f");
    for (let i = 1; i < 20; i += 1) lines.bad(i + 2, { code: "json_invalid", detail: "d" });
    expect(() => lines.bad(40, { code: "json_invalid", detail: "d" })).toThrow(
      /^f, line 3: d \(json_invalid\)/,
    );
    expect(() => lines.finish()).toThrow(CliError);
    expect(() => new BadLines("f").finish()).toThrow(/f has no lines/);
  });
});
