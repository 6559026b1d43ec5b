/** What the kernel says of a process: memory, and how many descriptors it has open. Linux. */
import { readdir, readFile, readlink } from "node:fs/promises";

export interface ProcessFigures {
  /** Resident memory now and at its largest. */
  readonly rssBytes: number;
  readonly rssPeakBytes: number;
  /** Without those of `threadDescriptors`. */
  readonly descriptors: number;
  /** Those on what the kernel says of its threads: the embedded engine opens three for each that ever worked on a query. */
  readonly threadDescriptors: number;
  /** User and system time since its start; the kernel counts in hundredths. */
  readonly cpuSeconds: number;
}

const TICKS_PER_S = 100;
const OF_A_THREAD = /^\/proc\/\d+\/task\//;

/** Throws where the process is gone. */
export async function processFigures(pid: number): Promise<ProcessFigures> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const kilobytes = (name: string): number => {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status);
    if (found === null) throw new Error(`/proc/${pid}/status does not say ${name}`);
    return Number(found[1]) * 1_024;
  };
  const open = await readdir(`/proc/${pid}/fd`);
  // One may be closed before it is looked at.
  const targets = await Promise.all(open.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => "")));
  const threadDescriptors = targets.filter((target) => OF_A_THREAD.test(target)).length;
  // Fields after the name, which may hold spaces: 14 and 15 of proc(5) are the 12th and 13th here.
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ").at(-1)!.split(" ");
  const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
  return {
    rssBytes: kilobytes("VmRSS"),
    rssPeakBytes: kilobytes("VmHWM"),
    descriptors: open.length - threadDescriptors,
    threadDescriptors,
    cpuSeconds,
  };
}
