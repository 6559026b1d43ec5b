import { describe, expect, it } from "vitest";
import { type LogLevel, openLogger } from "../../../services/adapters/logger.ts";

function lines(level: LogLevel): {
  readonly logger: ReturnType<typeof openLogger>;
  readonly written: string[];
} {
  const written: string[] = [];
  return { logger: openLogger({ service: "monitor", level, write: (line) => written.push(line) }), written };
}

describe("logger", () => {
  it("writes one JSON object a line with level, time, service and message", () => {
    const { logger, written } = lines("info");
    logger.info({ partitions: [1, 2] }, "partitions\nassigned");
    expect(written).toHaveLength(1);
    expect(written[0]).toMatch(/^[^\n]*\n$/);
    expect(JSON.parse(written[0]!)).toEqual({
      level: "info",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      service: "monitor",
      partitions: [1, 2],
      msg: "partitions\nassigned",
    });
  });

  it("keeps an error's name, message and stack", () => {
    const { logger, written } = lines("info");
    logger.error({ error: new TypeError("why") }, "failed");
    expect(JSON.parse(written[0]!)).toMatchObject({
      level: "error",
      error: { type: "TypeError", message: "why", stack: expect.stringContaining("logger.test.ts") },
    });
  });

  it("leaves out what is below its level", () => {
    const { logger, written } = lines("warn");
    logger.info({}, "no");
    logger.warn({}, "yes");
    expect(written.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(["yes"]);
  });
});
