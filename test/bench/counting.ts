/** Work that is counted, not timed: bytes allocated and table operations. It is the same on a busy machine as on a quiet one. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { KeyTable } from "../../services/core/gatekeeper/key-table.ts";
import { median } from "./figure.ts";

/** The first batches compile code and grow tables, which is not a record's cost. */
const WARM_BATCHES = 10;

let collect: (() => void) | null = null;

function collectGarbage(): void {
  if (collect === null) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
  }
  collect();
}

/**
 * Heap bytes a record: growth of the heap over each batch, with a collection before and none during it; the median of the
 * batches behind the first. Throws where there are too few batches.
 */
export function heapBytesPerRecord<T>(
  batches: readonly (readonly T[])[],
  work: (batch: readonly T[]) => void,
): number {
  const perRecord: number[] = [];
  for (const [i, batch] of batches.entries()) {
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    work(batch);
    const grown = process.memoryUsage().heapUsed - before;
    // Where a collection ran in between, the batch says nothing.
    if (i >= WARM_BATCHES && grown > 0) perRecord.push(grown / batch.length);
  }
  if (perRecord.length === 0) throw new RangeError(`${batches.length} batches are too few`);
  return median(perRecord);
}

/** Classes whose methods are look-ups and inserts. */
const TABLES: readonly { readonly prototype: object }[] = [Map, Set, WeakMap, KeyTable];
const OPERATIONS: ReadonlySet<string> = new Set(["get", "has", "set", "add", "delete"]);

type Method = (this: unknown, ...values: unknown[]) => unknown;

/** Look-ups, inserts and removals in hash tables while `work` runs. Exact: the same work gives the same number. */
export function tableOperations(work: () => void): number {
  let operations = 0;
  const undo: (() => void)[] = [];
  for (const { prototype } of TABLES) {
    const methods = prototype as Record<string, unknown>;
    for (const name of Object.getOwnPropertyNames(prototype)) {
      // Other members may be getters that want an instance.
      const method = OPERATIONS.has(name) ? methods[name] : null;
      if (typeof method !== "function") continue;
      methods[name] = function counted(this: unknown, ...values: unknown[]): unknown {
        operations += 1;
        return (method as Method).apply(this, values);
      };
      undo.push(() => {
        methods[name] = method;
      });
    }
  }
  // Wrapping looks things up itself.
  operations = 0;
  try {
    work();
  } finally {
    for (const restore of undo) restore();
  }
  return operations;
}
