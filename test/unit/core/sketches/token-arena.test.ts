import { describe, expect, it } from "vitest";
import { TokenArena, type TokenStretch } from "../../../../services/core/sketches/token-arena.ts";

const kinds = new Uint8Array(65_536);

function filled(texts: number, tokensOfText: number): ReadonlySet<TokenStretch> {
  const arena = new TokenArena();
  const stretches = new Set<TokenStretch>();
  for (let text = 0; text < texts; text += 1) {
    const stretch = arena.stretchFor(tokensOfText);
    const start = stretch.append(new Uint32Array(tokensOfText).fill(text), kinds, tokensOfText);
    expect(stretch.tokens[start]).toBe(text);
    expect(stretch.tokens[start + tokensOfText - 1]).toBe(text);
    stretches.add(stretch);
  }
  return stretches;
}

function lengths(stretches: ReadonlySet<TokenStretch>): number[] {
  return [...stretches].map(({ tokens }) => tokens.length);
}

describe("an arena of tokens", () => {
  it("takes little for few texts, and doubles up to 65,536 tokens a stretch", () => {
    expect(lengths(filled(8, 256))).toEqual([2_048]);
    expect(lengths(filled(9, 256))).toEqual([2_048, 4_096]);
    const many = lengths(filled(1_000, 256));
    expect(many.slice(0, 6)).toEqual([2_048, 4_096, 8_192, 16_384, 32_768, 65_536]);
    expect(Math.max(...many)).toBe(65_536);
  });

  it("gives a text that is longer than the next stretch one of its own length", () => {
    expect(lengths(filled(1, 65_536))).toEqual([65_536]);
    expect(lengths(filled(2, 5_000))).toEqual([5_000, 5_000]);
  });
});
