/** Every command of the program, in the order help lists them. */
import type { Command } from "commander";
import { registerReference } from "./commands/reference.ts";
import { registerScan } from "./commands/scan.ts";
import type { Io } from "./io.ts";

/** Adds one command, with its options and action, to the program. */
export type RegisterCommand = (program: Command, io: Io) => void;

export const COMMANDS: readonly RegisterCommand[] = [registerScan, registerReference];
