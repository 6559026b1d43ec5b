const STEPS = "▁▂▃▄▅▆▇█";

/** One character a value, from zero (lowest) to `max` (highest) and beyond; a dot where a value is missing. `max` above 0. */
export function sparkline(values: readonly (number | null)[], max: number): string {
  return values
    .map((value) => {
      if (value === null) return "·";
      const step = Math.ceil((value / max) * STEPS.length) - 1;
      return STEPS[Math.min(STEPS.length - 1, Math.max(0, step))]!;
    })
    .join("");
}
