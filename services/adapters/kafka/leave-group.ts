/**
 * Takes a static member out of its group. librdkafka lets one go without a word, so that a restart changes nothing; but whoever
 * is not coming back would keep its partitions from the others until its session ends, after 45 s.
 */
import type { KafkaConnection } from "./connection.ts";
import { withCluster } from "./kafkajs-cluster.ts";

const ATTEMPT_MS_MAX = 1_000;

/**
 * The member is the one whose client has this id. Resolves with whether it was there: one that another process has replaced
 * is not, and the replacement stays. Throws when the cluster cannot be asked; then the session ends by itself.
 */
export async function leaveGroup(
  connection: KafkaConnection,
  group: string,
  clientId: string,
): Promise<boolean> {
  return await withCluster(
    connection,
    async (cluster) => {
      const coordinator = await cluster.findGroupCoordinator({ groupId: group });
      const { groups } = await coordinator.describeGroups({ groupIds: [group] });
      const member = groups[0]?.members.find((own) => own.clientId === clientId);
      if (member === undefined) return false;
      await coordinator.leaveGroup({ groupId: group, memberId: member.memberId });
      return true;
    },
    { connectionTimeout: ATTEMPT_MS_MAX, requestTimeout: ATTEMPT_MS_MAX, retry: { retries: 1 } },
  );
}
