import { MemoryBroker } from "../../services/adapters/memory/memory-broker.ts";
import { describeLog } from "./log.contract.ts";

describeLog("memory", async () => {
  const broker = new MemoryBroker({ nowMs: Date.now });
  return {
    open: async () => broker.open(),
    createTopic: async (name, partitions) => broker.createTopic(name, partitions),
    close: async () => {},
  };
});
