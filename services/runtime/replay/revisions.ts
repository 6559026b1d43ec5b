/** What was published when a cut was made, found again by the versions that the cut names (law 1). */
import type { InputCut } from "../../core/input.ts";
import { Policies } from "../../core/policy.ts";
import { decodeReference } from "../../core/reference/reference-codec.ts";
import type { Reference } from "../../core/reference.ts";
import { topicName } from "../../core/topics.ts";
import type { Log } from "../../ports.ts";
import { policyOf, type ReferencesCodec, readDocuments, referenceOf } from "../policy-topic.ts";
import { Documents } from "../published-documents.ts";
import { DEFAULT_LANE } from "../read-lanes.ts";
import type { Published } from "../services/dependencies.ts";

/** Finds what was published. `where` names the cut's place. @throws Error naming a version that is not to be found. */
export type FindPublished = (revisions: InputCut["revisions"], where: string) => Published;

/** The part of a cut's revisions that tells which policy and references its writer had; the policy names its rules. */
export function publishedKey(revisions: InputCut["revisions"]): string {
  return JSON.stringify([revisions.policy ?? "", revisions.references ?? ""]);
}

/** For runs that publish nothing: all cuts must name the one policy that there is. */
export function onlyPublished(published: Published): FindPublished {
  return (revisions, where) => {
    const { version } = published.policies.policy;
    if (revisions.policy !== undefined && revisions.policy !== version) {
      throw new Error(`${where} names policy ${revisions.policy}, but only ${version} is known`);
    }
    return published;
  };
}

/**
 * Everything the topic `references` holds, by version. null while no policy was ever published. Throws as
 * `readReferencesTopic`, and beyond the bounds of `Documents` in versions and bytes.
 */
export async function readPublishedVersions(
  log: Log,
  codec: ReferencesCodec,
  prefix: string,
): Promise<FindPublished | null> {
  const topic = topicName(prefix, "references");
  const documents = new Documents("every");
  await readDocuments(log, codec, topic, documents);
  if (documents.versions("lanes", DEFAULT_LANE).length === 0) return null;
  const found = new Map<string, Published>();
  const decoded = new Map<string, Reference>();
  return (revisions, where) => {
    const key = publishedKey(revisions);
    let published = found.get(key);
    if (published === undefined) {
      published = publishedAs(documents, decoded, topic, revisions, where);
      found.set(key, published);
    }
    return published;
  };
}

/** `decoded` has references by lane and version: cuts that differ in one of many share the others. */
function publishedAs(
  documents: Documents,
  decoded: Map<string, Reference>,
  topic: string,
  revisions: InputCut["revisions"],
  where: string,
): Published {
  const wanted = revisions.policy ?? documents.versions("lanes", DEFAULT_LANE).at(-1)!;
  const lanes = documents.version("lanes", DEFAULT_LANE, wanted);
  if (lanes === null) throw gone(where, `policy ${wanted}`, topic);
  const { policy, rules, rulesVersion } = policyOf(topic, lanes, documents);
  const references = new Map<string, Reference>();
  for (const [lane, version] of Object.entries(parseReferences(revisions.references))) {
    const document = documents.version("reference", lane, version);
    if (document === null) throw gone(where, `reference ${version} of lane ${lane}`, topic);
    const key = `${lane}@${version}`;
    const reference = decoded.get(key) ?? decodeReference(document.bytes);
    decoded.set(key, reference);
    references.set(lane, reference);
  }
  return {
    policies: new Policies(policy),
    rules,
    rulesVersion,
    referenceOf: (lane) => referenceOf(references, lane),
  };
}

/** Lane to version. A cut that names none (the governor's, the gatekeeper's) is of a service that reads none. */
function parseReferences(named: string | undefined): Readonly<Record<string, string>> {
  return named === undefined ? {} : (JSON.parse(named) as Readonly<Record<string, string>>);
}

function gone(where: string, what: string, topic: string): Error {
  return new Error(
    `${where} names ${what}, which ${topic} no longer holds: what was made with it cannot be replayed`,
  );
}
