/** What the webhooks do to the world: one key, one topic to write, one to read. */
import { personalKey, signCommand } from "../../runtime/command-signing.ts";
import { readCompacted } from "../../runtime/read-partition.ts";
import type { ConsoleDependencies } from "../dependencies.ts";
import { KnownLanes } from "./known-lanes.ts";
import type { WebhookDependencies } from "./webhook-routes.ts";

/** Name of the console's own key under `<home>/keys`, made at the first command. */
export const WEBHOOK_KEY = "webhook";

export function webhookDependencies(deps: ConsoleDependencies): WebhookDependencies {
  const { log, codec, names, home, published, clock } = deps;
  return {
    ...deps,
    trust: deps.webhooks,
    lanes: new KnownLanes(published.policies, clock, async () => {
      const gates = await readCompacted(log, names.full("gates"), 0);
      // A gate's key is lane and subject, and no lane's name holds what is between them.
      return new Set([...gates.keys()].map((key) => key.split("\u001f")[0]!));
    }),
    send: async (commands) => {
      const key = await personalKey(home, WEBHOOK_KEY);
      const records = commands.map((command) => ({
        topic: names.full("commands"),
        partition: 0,
        key: command.lane,
        value: codec.encode("commands", signCommand(command, key)),
      }));
      // Freezes are rare: no connection waits for the next.
      const writer = await log.writer();
      try {
        await writer.write(records);
      } finally {
        await writer.close();
      }
    },
  };
}
