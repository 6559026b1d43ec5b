import { resolve } from "node:path";
import type { Command } from "commander";
import type { Io } from "./io.ts";

/** Options that stand before or after any command. */
export interface GlobalOptions {
  readonly json: boolean;
  /** State directory, absolute. */
  readonly home: string;
  /** Prefix of the run's topics on the broker; "" for the live ones. */
  readonly prefix: string;
}

/** The global options a command was called with. `command` is what commander passes an action last. */
export function globalOptions(command: Command, io: Io): GlobalOptions {
  const given = command.optsWithGlobals<{ json?: boolean; home: string; prefix: string }>();
  return { json: given.json === true, home: resolve(io.cwd, given.home), prefix: given.prefix };
}
