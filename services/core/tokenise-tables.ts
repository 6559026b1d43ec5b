import {
  isUnspaced,
  KIND_NUMBER,
  KIND_OTHER,
  KIND_WORD,
  kindOfCharacter,
  normalise,
} from "./tokenise-reference.ts";

/** What the byte scanner does with a character. */
export const SPACE = 0;
export const WORD = 1;
export const NUMBER = 2;
export const OTHER = 3;
/** A letter or mark of a script written without spaces: pairs of characters are tokens. */
export const UNSPACED = 4;
/** `…`, which NFKC makes three full stops: common, and harmless beside numbers since two stops never join digits. */
export const ELLIPSIS = 5;
/** Only the definition itself can tell: the scanner hands the chunk around it to tokenise-reference.ts. */
export const HARD = 6;
/** The first byte of a multi-byte character (ASCII table only). */
export const MULTIBYTE = 7;

/** Astral characters handled in place: the block range of emoji and pictographs. */
export const EMOJI_FIRST = 0x1f000;
export const EMOJI_LAST = 0x1faff;

export interface TokeniseTables {
  /** Per byte: action in the high byte, lowercase in the low byte. Bytes from 0x80 on are MULTIBYTE. */
  readonly ascii: Uint16Array;
  /** Per BMP code point: action. */
  readonly action: Uint8Array;
  /** Per BMP code point: the one code point that NFKC and lowercase make of it; meaningless where HARD. */
  readonly mapped: Uint16Array;
  /** Per code point from EMOJI_FIRST on: 1 where it is a token of its own, unchanged. */
  readonly emoji: Uint8Array;
}

/** The result of normalising depends on neighbours, or neighbours are changed by it. */
const CAPITAL_SIGMA = "\u03a3";
const VARIATION_SELECTOR_16 = 0xfe0f;
const ELLIPSIS_POINT = 0x2026;

/** Conjoining Jamo compose into syllables with what follows them. */
function isJamo(point: number): boolean {
  return (
    (point >= 0x1100 && point <= 0x11ff) ||
    (point >= 0xa960 && point <= 0xa97f) ||
    (point >= 0xd7b0 && point <= 0xd7ff)
  );
}

/** True where NFKC or lowercase may look beyond this one character, or make anything but one BMP character of it. */
function needsDefinition(point: number): boolean {
  const compatible = String.fromCharCode(point).normalize("NFKC");
  for (const part of compatible) {
    if (part === CAPITAL_SIGMA || isJamo(part.codePointAt(0)!) || /\p{M}/u.test(part)) return true;
  }
  const normal = compatible.toLowerCase();
  return normal.length !== 1;
}

function actionOf(normal: string): number {
  switch (kindOfCharacter(normal)) {
    case null:
      return SPACE;
    case KIND_WORD:
      return isUnspaced(normal) ? UNSPACED : WORD;
    case KIND_NUMBER:
      return NUMBER;
    case KIND_OTHER:
      return OTHER;
  }
  return OTHER;
}

function buildTables(): TokeniseTables {
  const ascii = new Uint16Array(256).fill(MULTIBYTE << 8);
  const action = new Uint8Array(0x10000).fill(HARD);
  const mapped = new Uint16Array(0x10000);
  const emoji = new Uint8Array(EMOJI_LAST - EMOJI_FIRST + 1);
  for (let point = 0; point < 0x10000; point += 1) {
    if (point >= 0xd800 && point <= 0xdfff) continue;
    mapped[point] = point;
    if (point === VARIATION_SELECTOR_16) action[point] = WORD;
    else if (point === ELLIPSIS_POINT) action[point] = ELLIPSIS;
    else if (!needsDefinition(point)) {
      const normal = normalise(String.fromCharCode(point));
      action[point] = actionOf(normal);
      mapped[point] = normal.charCodeAt(0);
    }
    if (point < 0x80) ascii[point] = (action[point]! << 8) | mapped[point]!;
  }
  for (let point = EMOJI_FIRST; point <= EMOJI_LAST; point += 1) {
    const character = String.fromCodePoint(point);
    const plain = normalise(character) === character && kindOfCharacter(character) === KIND_OTHER;
    emoji[point - EMOJI_FIRST] = plain ? 1 : 0;
  }
  return { ascii, action, mapped, emoji };
}

let built: TokeniseTables | null = null;

/** The tables, derived from the definition itself on first use (about 50 ms), then shared: they never change. */
export function tokeniseTables(): TokeniseTables {
  built ??= buildTables();
  return built;
}
