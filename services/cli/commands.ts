/** Every command of the program, in the order help lists them. */
import type { Command } from "commander";
import { registerDemo } from "./commands/demo.ts";
import { registerDoctor } from "./commands/doctor.ts";
import { registerExperiment } from "./commands/experiment.ts";
import { registerGate } from "./commands/gate.ts";
import { registerIngest } from "./commands/ingest.ts";
import { registerJudge } from "./commands/judge.ts";
import { registerLab } from "./commands/lab.ts";
import { registerMisses } from "./commands/misses.ts";
import { registerPatterns } from "./commands/patterns.ts";
import { registerProxy } from "./commands/proxy.ts";
import { registerPublish } from "./commands/publish.ts";
import { registerRecorder } from "./commands/recorder.ts";
import { registerReference } from "./commands/reference.ts";
import { registerRelease } from "./commands/release.ts";
import { registerReplay } from "./commands/replay.ts";
import { registerReport } from "./commands/report.ts";
import { registerRules } from "./commands/rules.ts";
import { registerScan } from "./commands/scan.ts";
import { registerSql } from "./commands/sql.ts";
import { registerStatus } from "./commands/status.ts";
import { registerSuite } from "./commands/suite.ts";
import { registerUp } from "./commands/up.ts";
import type { Io } from "./io.ts";

/** Adds one command, with its options and action, to the program. */
export type RegisterCommand = (program: Command, io: Io) => void;

export const COMMANDS: readonly RegisterCommand[] = [
  registerDemo,
  registerUp,
  registerPublish,
  registerScan,
  registerReference,
  registerIngest,
  registerStatus,
  registerGate,
  registerExperiment,
  registerMisses,
  registerProxy,
  registerSuite,
  registerJudge,
  registerReport,
  registerRelease,
  registerPatterns,
  registerSql,
  registerRules,
  registerReplay,
  registerLab,
  registerRecorder,
  registerDoctor,
];
