/**
 * Loaded before a service (`--import`): its wall clock starts at CLOCK_START (epoch ms, default now) and makes the next step
 * of CLOCK_STEPS (ms, with commas between) at each SIGUSR2. What counts time monotonically is left alone, as by NTP.
 */
const real = Date.now;
const steps = (process.env.CLOCK_STEPS ?? "").split(",").filter(Boolean).map(Number);
let offsetMs = process.env.CLOCK_START === undefined ? 0 : Number(process.env.CLOCK_START) - real();

Date.now = () => real() + offsetMs;
globalThis.Date = class extends Date {
  constructor(...args) {
    super(...(args.length === 0 ? [real() + offsetMs] : args));
  }
};

process.on("SIGUSR2", () => {
  offsetMs += steps.shift() ?? 0;
});
