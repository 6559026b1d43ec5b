import { destination, pino } from "pino";
import type { Logger } from "../ports.ts";

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LoggerOptions {
  /** Stands in every line. */
  readonly service: string;
  readonly level: LogLevel;
  /** Where lines go; default stderr, so that stdout stays a command's answer. */
  readonly write?: (line: string) => void;
}

/**
 * The `Logger` port over pino: one JSON object a line with `level` (word), `time` (ISO), `service` and `msg`.
 *
 * Lines are written synchronously, so the last one before a crash is there too. A field `error` or `err` that is an
 * `Error` keeps its name, message and stack. Whoever logs leaves secrets and texts of samples out.
 */
export function openLogger(options: LoggerOptions): Logger {
  const { service, level, write } = options;
  const stream = write === undefined ? destination({ fd: 2, sync: true }) : { write };
  const serialize = (error: unknown): unknown => pino.stdSerializers.err(error as Error);
  const logger = pino(
    {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: serialize, error: serialize },
    },
    stream,
  );
  return {
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  };
}
