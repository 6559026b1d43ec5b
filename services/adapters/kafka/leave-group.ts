/**
 * Takes a static member out of its group. librdkafka lets one go without a word, so that a restart changes nothing; but whoever
 * is not coming back would keep its partitions from the others until its session ends, after 45 s.
 */
import kafkajs from "kafkajs";
import type { KafkaConnection } from "./connection.ts";
import { withCluster } from "./kafkajs-cluster.ts";

const ATTEMPT_MS_MAX = 1_000;
const BRIEF = {
  connectionTimeout: ATTEMPT_MS_MAX,
  requestTimeout: ATTEMPT_MS_MAX,
  retry: { retries: 1 },
};
/** The broker names a static member `<instance>-<uuid>`, and anew whenever a process takes the instance over. */
const UUID_CHARS = 36;

/**
 * The broker's name for the member that holds an instance now; null where none does. Asked right after joining, it is one's own:
 * neither client tells it, and the client id will not do, since a replacement inherits it.
 */
export async function findMemberId(
  connection: KafkaConnection,
  group: string,
  instance: string,
): Promise<string | null> {
  return await withCluster(
    connection,
    async (cluster) => {
      const coordinator = await cluster.findGroupCoordinator({ groupId: group });
      const { groups } = await coordinator.describeGroups({ groupIds: [group] });
      const found = groups[0]?.members.find(
        ({ memberId }) =>
          memberId.startsWith(`${instance}-`) && memberId.length === instance.length + 1 + UUID_CHARS,
      );
      return found?.memberId ?? null;
    },
    BRIEF,
  );
}

/** Nothing is left to do where the member is not there: it has gone already, or another process has its instance now and stays. */
export async function leaveGroup(
  connection: KafkaConnection,
  group: string,
  memberId: string,
): Promise<void> {
  await withCluster(
    connection,
    async (cluster) => {
      const coordinator = await cluster.findGroupCoordinator({ groupId: group });
      try {
        await coordinator.leaveGroup({ groupId: group, memberId });
      } catch (error) {
        if (!(error instanceof kafkajs.KafkaJSProtocolError) || error.type !== "UNKNOWN_MEMBER_ID")
          throw error;
      }
    },
    BRIEF,
  );
}
