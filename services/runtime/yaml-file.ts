/**
 * A YAML file read field by field, keeping the line of each, so that every problem names its place and all are found
 * in one pass. A reader returns undefined where it reported a problem.
 */
import {
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  Parser,
  parseDocument,
  type Scalar,
} from "yaml";
import { parseDurationMs } from "./duration.ts";
import { allowedValues } from "./nearest.ts";

export const YAML_BYTES_MAX = 1_048_576;
/** Maps and lists inside each other: our files have 4. */
export const YAML_NESTING_MAX = 64;
const PROBLEMS_MAX = 200;
const SHOWN_CHARS_MAX = 60;
const MESSAGE_CHARS_MAX = 1_900;

export interface FileProblem {
  readonly file: string;
  /** The first line is 1. */
  readonly line: number;
  readonly message: string;
}

/** A value with its place. */
export interface YamlField {
  /** How people find it, e.g. `rules[2].metric`. */
  readonly name: string;
  readonly node: Node | null;
  readonly line: number;
}

export class YamlFile {
  readonly problems: FileProblem[] = [];
  readonly root: YamlField;
  readonly #file: string;
  readonly #lines = new LineCounter();

  /** Anything may be handed in: what is not YAML becomes problems. */
  constructor(file: string, text: string) {
    this.#file = file;
    let node: Node | null = null;
    if (text.length > YAML_BYTES_MAX) {
      this.report(1, `${text.length} characters, at most ${YAML_BYTES_MAX} are read`);
      this.root = { name: "", node, line: 1 };
      return;
    }
    const tooDeep = nestingLine(text);
    if (tooDeep !== null) this.report(tooDeep, `nested more than ${YAML_NESTING_MAX} deep`);
    else {
      const document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
      for (const error of document.errors) this.report(this.#lineAt(error.pos[0]), error.message);
      node = document.contents;
    }
    this.root = { name: "", node, line: 1 };
  }

  report(line: number, message: string): void {
    if (this.problems.length >= PROBLEMS_MAX) return;
    const cut = message.length > MESSAGE_CHARS_MAX ? `${message.slice(0, MESSAGE_CHARS_MAX)}…` : message;
    this.problems.push({ file: this.#file, line, message: cut });
  }

  /** The fields of a map by name. Unknown and missing ones are reported; undefined where it is no map. */
  fields(
    field: YamlField,
    required: readonly string[],
    optional: readonly string[] = [],
  ): ReadonlyMap<string, YamlField> | undefined {
    const { node, name } = field;
    if (!isMap(node)) {
      const keys = required.length > 0 ? required : optional;
      return this.#wrong(field, `a map with ${keys.join(", ")}`);
    }
    const known = [...required, ...optional];
    const found = new Map<string, YamlField>();
    for (const pair of node.items) {
      const key = isScalar(pair.key) ? String(pair.key.value) : "";
      const line = this.#lineOf(pair.key as Node | null, field.line);
      const path = name === "" ? key : `${name}.${key}`;
      if (!known.includes(key)) {
        this.report(line, `unknown key ${shown(path)}; ${allowedValues(key, known)}`);
        continue;
      }
      found.set(key, { name: path, node: pair.value as Node | null, line });
    }
    for (const key of required) {
      if (!found.has(key)) this.report(field.line, `${name === "" ? "the file" : name} has no ${key}`);
    }
    return found;
  }

  items(field: YamlField | undefined, itemsMax: number): readonly YamlField[] | undefined {
    if (field === undefined) return undefined;
    const { node, name, line } = field;
    if (!isSeq(node)) return this.#wrong(field, "a list");
    if (node.items.length > itemsMax) {
      this.report(line, `${name} has ${node.items.length} entries, at most ${itemsMax} are allowed`);
      return undefined;
    }
    return node.items.map((item, i) => {
      const itemNode = item as Node | null;
      return { name: `${name}[${i}]`, node: itemNode, line: this.#lineOf(itemNode, line) };
    });
  }

  /** A string of 1 to `charsMax` characters. */
  text(field: YamlField | undefined, charsMax = 300): string | undefined {
    if (field === undefined) return undefined;
    const value = scalar(field)?.value;
    if (typeof value !== "string" || value.trim() === "") return this.#wrong(field, "a text");
    if (value.length > charsMax) {
      this.report(
        field.line,
        `${field.name} has ${value.length} characters, at most ${charsMax} are allowed`,
      );
      return undefined;
    }
    return value;
  }

  oneOf<T extends string>(field: YamlField | undefined, allowed: readonly T[]): T | undefined {
    if (field === undefined) return undefined;
    const value = scalar(field)?.value;
    const found = allowed.find((word) => word === value);
    if (found === undefined) {
      const suggestion = allowedValues(typeof value === "string" ? value : "", allowed);
      this.report(field.line, `${field.name} is ${shownValue(field)}; ${suggestion}`);
    }
    return found;
  }

  /** A finite number in [min, max]. */
  number(
    field: YamlField | undefined,
    min = Number.NEGATIVE_INFINITY,
    max = Number.POSITIVE_INFINITY,
  ): number | undefined {
    if (field === undefined) return undefined;
    const value = scalar(field)?.value;
    if (typeof value !== "number" || !Number.isFinite(value)) return this.#wrong(field, "a number");
    if (value >= min && value <= max) return value;
    this.report(field.line, `${field.name} is ${value}, must be within ${min}..${max}`);
    return undefined;
  }

  integer(field: YamlField | undefined, min: number, max: number): number | undefined {
    const value = this.number(field, min, max);
    if (field === undefined || value === undefined || Number.isInteger(value)) return value;
    return this.#wrong(field, "a whole number");
  }

  boolean(field: YamlField | undefined): boolean | undefined {
    if (field === undefined) return undefined;
    const value = scalar(field)?.value;
    return typeof value === "boolean" ? value : this.#wrong(field, "true or false");
  }

  /** Milliseconds in [minMs, maxMs], written as `30s`, `5m`, `1h`, `1d` or a whole number of ms. */
  durationMs(field: YamlField | undefined, minMs: number, maxMs: number): number | undefined {
    if (field === undefined) return undefined;
    const ms = parseDurationMs(scalar(field)?.value);
    if (ms === null) return this.#wrong(field, "a duration such as 500ms, 30s, 5m, 1h, 1d");
    if (ms >= minMs && ms <= maxMs) return ms;
    this.report(field.line, `${field.name} is ${ms} ms, must be within ${minMs}..${maxMs} ms`);
    return undefined;
  }

  #wrong(field: YamlField, expected: string): undefined {
    const name = field.name === "" ? "the file" : field.name;
    this.report(field.line, `${name} is ${shownValue(field)}, must be ${expected}`);
  }

  #lineOf(node: Node | null, otherwise: number): number {
    return node?.range === undefined || node.range === null ? otherwise : this.#lineAt(node.range[0]);
  }

  #lineAt(offset: number): number {
    return Math.max(1, this.#lines.linePos(offset).line);
  }
}

/** Whether a field is a scalar of exactly this value. */
export function isValue(field: YamlField, value: string | null): boolean {
  return scalar(field)?.value === value;
}

/**
 * The first line that nests deeper than `YAML_NESTING_MAX`, null where none does. What makes a document of a file calls itself once a
 * level: 20,000 brackets do not make it throw, they end the process. The parser before it keeps its levels in a list, so it is
 * asked; what stands in comments, quotes and blocks of text is no level.
 */
function nestingLine(text: string): number | null {
  const parser = new Parser();
  let line = 1;
  for (const lexeme of new Lexer().lex(text)) {
    // Its tokens are of no use here, but it goes on only as they are taken.
    for (const _ of parser.next(lexeme));
    // The document is a level, too, and so is the value being read.
    if (parser.stack.length > YAML_NESTING_MAX + 2) return line;
    for (const character of lexeme) if (character === "\n") line += 1;
  }
  return null;
}

function scalar(field: YamlField): Scalar | null {
  return isScalar(field.node) ? field.node : null;
}

function shownValue(field: YamlField): string {
  const { node } = field;
  if (node === null) return "empty";
  if (isMap(node)) return "a map";
  if (isSeq(node)) return "a list";
  if (!isScalar(node)) return "an alias (aliases are not read here)";
  return node.value === null ? "empty" : shown(JSON.stringify(node.value) ?? String(node.value));
}

function shown(text: string): string {
  return text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}…` : text;
}
