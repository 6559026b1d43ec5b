import { describe, expect, it } from "vitest";
import { TextAnalyser } from "../../../../services/core/analysis.ts";
import { PHRASE_BITS, PhraseMatcher } from "../../../../services/core/reply/phrase-matcher.ts";
import { REPLY_PHRASES } from "../../../../services/core/reply/reply-phrases.ts";
import { READ_TOKENS_MAX, ReplyReader } from "../../../../services/core/reply/reply-reader.ts";
import {
  ACTS,
  LENGTH_BIN_NAMES,
  lengthBin,
  SHAPES,
  shapeOf,
} from "../../../../services/core/reply/reply-traits.ts";
import type { InteractionView, Utf8Slice } from "../../../../services/core/sample.ts";
import { encodeUtf8 } from "../../../../services/core/utf8.ts";

const reader = new ReplyReader();
const analyser = new TextAnalyser();

function slice(text: string): Utf8Slice {
  const bytes = encodeUtf8(text);
  return { bytes, start: 0, end: bytes.length };
}

function read(response: string, request = "", refused = false) {
  const interaction = { request: slice(request), response: slice(response), refused } as InteractionView;
  return { ...reader.read(interaction, analyser.analyse(interaction.response)) };
}

const act = (first: string, next?: string) =>
  shapeOf(ACTS.indexOf(first as "ask"), next === undefined ? -1 : ACTS.indexOf(next as "ask"));

describe("a reply", () => {
  it.each([
    ["Your parcel left on Monday.", "answer", act("answer")],
    ["Which parcel do you mean? I will look it up.", "ask", act("ask", "answer")],
    ["Yes. It left on Monday.", "confirm", act("confirm", "answer")],
    ["It left on Monday. According to the carrier, it is late.", "cite", act("answer", "cite")],
    ["See https://example.org/a for the terms.", "cite", act("cite", "answer")],
    ["I\u2019m unable to share that. Anything else?", "refuse", act("refuse", "ask")],
    ["SORRY, BUT I CAN'T do that", "refuse", act("refuse")],
    ["Ja, das geht.", "confirm", act("confirm")],
    ["¿Cuál de los dos?", "ask", act("ask")],
    ["是的。已经发货。", "confirm", act("confirm", "answer")],
    ["很抱歉，我无法回答这个问题。", "refuse", act("refuse")],
    ["您指的是哪一个？", "ask", act("ask")],
    ["You can return it; I will help.", "answer", act("answer")],
    ["It was not a sure thing, yes.", "answer", act("answer")],
  ])("%s: %s", (text, whole, shape) => {
    expect(read(text)).toMatchObject({ act: whole, shape, empty: false, refused: whole === "refuse" });
  });

  it.each(["", "   ", "…", "🙂 !", "?"])("of no word is empty: '%s'", (text) => {
    expect(read(text)).toMatchObject({ empty: true, act: null, shape: 0, refused: false });
    expect(read(text, "", true)).toMatchObject({ empty: true, act: "refuse", refused: true });
  });

  it("is refused where it is flagged, whatever it says", () => {
    expect(read("It left on Monday.", "", true)).toMatchObject({
      refused: true,
      act: "refuse",
      shape: act("answer"),
    });
  });

  it("has its stock phrases by kind", () => {
    const none = { hedges: false, apologises: false, deflects: false, isCourteous: false };
    expect(read("It left on Monday.")).toMatchObject(none);
    expect(read("In general it depends.")).toMatchObject({ ...none, hedges: true });
    expect(read("We're sorry. Please contact customer service.")).toMatchObject({
      ...none,
      apologises: true,
      deflects: true,
    });
    expect(read("Don\u2019t hesitate to ask, thank you for your patience")).toMatchObject({
      ...none,
      isCourteous: true,
    });
  });

  it("takes up a request's rare words and numbers, each once", () => {
    const request = "Please help: why does the thermostat of my boiler show E42, the thermostat says 17.5?";
    // thermostat, boiler, show, E42 (a word and a number), says, 17.5
    expect(read("", request)).toMatchObject({ rareTokens: 7, takenUp: 0 });
    expect(read("Reset the THERMOSTAT when it shows 17.5.", request)).toMatchObject({
      rareTokens: 7,
      takenUp: 2,
    });
    expect(read("Thank you for contacting us!", request)).toMatchObject({ takenUp: 0 });
    expect(read("anything", "")).toMatchObject({ rareTokens: 0, takenUp: 0 });
    expect(read("anything", "Why is it so?")).toMatchObject({ rareTokens: 0, takenUp: 0 });
  });

  it("leaves nothing behind for the next one", () => {
    const plain = read("It left on Monday.", "Where is order 7?");
    read("I cannot help. In general, we apologize. Feel free to contact our support?", "boiler boiler", true);
    expect(read("It left on Monday.", "Where is order 7?")).toEqual(plain);
  });

  it("is read up to its bound, and measured whole", () => {
    const long = `${"word ".repeat(READ_TOKENS_MAX)}. I cannot help.`;
    expect(read(long, long)).toMatchObject({ refused: false, lengthBin: 6, rareTokens: 1, takenUp: 1 });
  });
});

describe("phrases", () => {
  it("are all found where they stand alone, under their kind", () => {
    const matcher = new PhraseMatcher(REPLY_PHRASES);
    for (const [kind, phrases] of Object.entries(REPLY_PHRASES)) {
      for (const phrase of phrases) {
        const { tokens, tokenCount } = analyser.analyseString(phrase);
        expect(matcher.at(tokens, 0, tokenCount) & PHRASE_BITS[kind as "refuse"], phrase).not.toBe(0);
        if (tokenCount > 1)
          expect(matcher.at(tokens, 0, tokenCount - 1) & PHRASE_BITS[kind as "refuse"]).toBe(0);
      }
    }
  });

  it("without a token are refused", () => {
    expect(() => new PhraseMatcher({ ...REPLY_PHRASES, cite: [" "] })).toThrow(RangeError);
  });
});

describe("shapes and lengths", () => {
  it("have a number each, none twice", () => {
    const all = ACTS.flatMap((_, first) =>
      [-1, ...ACTS.keys()].filter((next) => next !== first).map((next) => shapeOf(first, next)),
    );
    expect(all.toSorted((a, b) => a - b)).toEqual(Array.from({ length: SHAPES - 1 }, (_, i) => i + 1));
  });

  it.each([
    [0, "0-15"],
    [15, "0-15"],
    [16, "16-31"],
    [511, "256-511"],
    [512, "512 and more"],
    [9_999, "512 and more"],
  ])("of %i tokens: %s", (tokens, name) => {
    expect(LENGTH_BIN_NAMES[lengthBin(tokens)]).toBe(name);
  });
});
