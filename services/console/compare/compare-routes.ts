/** `/api/compare`: two windows or two model versions of a lane side by side; `/api/compare/choices`: what there is to compare. */
import { Hono } from "hono";
import { isLaneName } from "../../core/lane-name.ts";
import { textDifference } from "../../core/text-difference.ts";
import { COMPARED_BUCKETS_MAX, type CompareAnswer, type ComparedRow } from "../answers/compare-answer.ts";
import type { ConsoleDependencies } from "../dependencies.ts";
import { choicesOf, type Side, sideTexts, sideValues } from "./compare-history.ts";
import { comparedRows, type RankedRow } from "./compared-rows.ts";

/** Words, and skeletons, that are shown. */
const ITEMS_MAX = 20;
const SIDE_CHARS_MAX = 1_024;
const WINDOW_SIDE = /^([a-z0-9]{1,16})\/(\d{1,13})$/;
const MODEL = "model/";

/** Query: `lane`, and for a comparison the sides `a` and `b`. 400 for what none of these can be, 404 where the history has nothing of a side. */
export function compareRoutes(deps: ConsoleDependencies): Hono {
  const app = new Hono();

  app.get("/api/compare/choices", async (context) => {
    const lane = context.req.query("lane") ?? "";
    if (!isLaneName(lane)) return context.json({ error: "lane must name a lane" }, 400);
    return context.json(await choicesOf(deps, lane));
  });

  app.get("/api/compare", async (context) => {
    const lane = context.req.query("lane") ?? "";
    const [a, b] = [readSide(context.req.query("a")), readSide(context.req.query("b"))];
    if (!isLaneName(lane)) return context.json({ error: "lane must name a lane" }, 400);
    if (a === null || b === null) {
      return context.json({ error: "a and b are WINDOW/START_MS or model/ID@VERSION" }, 400);
    }
    if (a.kind !== b.kind)
      return context.json({ error: "a window and a model version share no values" }, 400);
    const [valuesA, valuesB] = await Promise.all([sideValues(deps, lane, a), sideValues(deps, lane, b)]);
    for (const [name, values] of [
      ["a", valuesA],
      ["b", valuesB],
    ] as const) {
      if (values.length === 0) return context.json({ error: `the history has nothing of ${name}` }, 404);
    }
    const [textsA, textsB] = await Promise.all([sideTexts(deps, lane, a), sideTexts(deps, lane, b)]);
    const isWhole = ({ bucket }: { readonly bucket: string }): boolean => bucket === "";
    const isPart = ({ bucket }: { readonly bucket: string }): boolean => bucket !== "";
    // Metrics and buckets are two questions: many buckets must not cost the metrics their level.
    const whole = comparedRows(valuesA.filter(isWhole), valuesB.filter(isWhole), deps.catalogue);
    const parts = comparedRows(valuesA.filter(isPart), valuesB.filter(isPart), deps.catalogue);
    const moved = [...parts]
      .filter(({ strength }) => strength > 0)
      .sort((x, y) => y.strength - x.strength)
      .slice(0, COMPARED_BUCKETS_MAX);
    return context.json({
      lane,
      metrics: whole.map(withoutStrength),
      buckets: moved.map(withoutStrength),
      bucketsCompared: parts.length,
      texts: textsA.length === 0 || textsB.length === 0 ? null : textDifference(textsA, textsB, ITEMS_MAX),
    } satisfies CompareAnswer);
  });
  return app;
}

function readSide(text: string | undefined): Side | null {
  if (text === undefined || text.length > SIDE_CHARS_MAX) return null;
  if (text.startsWith(MODEL) && text.length > MODEL.length) {
    return { kind: "model", model: text.slice(MODEL.length) };
  }
  const [, window, startMs] = WINDOW_SIDE.exec(text) ?? [];
  if (window === undefined || startMs === undefined) return null;
  return { kind: "window", window, startMs: Number(startMs) };
}

function withoutStrength({ strength: _strength, ...row }: RankedRow): ComparedRow {
  return row;
}
