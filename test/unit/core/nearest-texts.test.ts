import { describe, expect, it } from "vitest";
import { nearestTexts } from "../../../services/core/nearest-texts.ts";

describe("the nearest text", () => {
  it("is the one with most shared runs of three tokens", () => {
    const near = nearestTexts([
      { id: "a", text: "your parcel is on its way to you" },
      { id: "b", text: "your parcel is on its way to us" },
      { id: "c", text: "your parcel is lost" },
      { id: "d", text: "nothing of the kind" },
    ]);
    expect(near.get("a")).toEqual({ id: "b", likeness: 5 / 7 });
    expect(near.get("c")!.id).toBe("a");
    expect(near.has("d")).toBe(false);
  });

  it("takes texts of under three tokens whole, and never the text itself", () => {
    expect(
      nearestTexts([
        { id: "a", text: "yes" },
        { id: "a", text: "yes" },
      ]),
    ).toEqual(new Map());
    const short = nearestTexts([
      { id: "a", text: "yes" },
      { id: "b", text: "yes" },
    ]);
    expect(short.get("a")).toEqual({ id: "b", likeness: 1 });
    expect(nearestTexts([])).toEqual(new Map());
  });
});
