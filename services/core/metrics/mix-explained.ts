import { defineSeriesMetric } from "../metric.ts";

/** Segment `rates`: `mix_drop` over the whole fall, with Fieller's interval; insufficient where there is no fall to explain. */
export const mixExplained = defineSeriesMetric({
  kind: "series",
  segment: "rates",
  id: "mix_explained",
  title: "Share of a fall that other traffic explains",
  why: "Near 1 the users changed and not the service; near 0 the service did.",
  unit: "ratio",
  better: "neither",
  family: "none",
  basis: "outcomes",
  stages: ["reply"],
  source: "Kitagawa 1955; Fieller 1954",
});
