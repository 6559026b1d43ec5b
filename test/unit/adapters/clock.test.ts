import { afterEach, expect, it, vi } from "vitest";
import { openClock } from "../../../services/adapters/clock.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

it("tells the machine's time in whole ms", () => {
  const clock = openClock();
  expect(Math.abs(clock.nowMs() - Date.now())).toBeLessThan(50);
  expect(Number.isInteger(clock.nowMs())).toBe(true);
});

it("goes on evenly when the machine's clock is set back or forth", () => {
  const clock = openClock();
  const before = clock.nowMs();
  for (const stepMs of [-600_000, 3_600_000]) {
    const wrongMs = Date.now() + stepMs;
    vi.spyOn(Date, "now").mockReturnValue(wrongMs);
    const now = clock.nowMs();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now - before).toBeLessThan(1_000);
  }
});
