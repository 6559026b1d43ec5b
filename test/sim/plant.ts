/** Where a bug can be planted without touching the product: wrappers around what a process is given. */
import type { Log, Store } from "../../services/ports.ts";
import type { ServiceDependencies } from "../../services/runtime/services/dependencies.ts";
import type { ServiceKind } from "./fault-plan.ts";
import type { SimProcess } from "./sim-process.ts";

export interface Plant {
  log(log: Log, kind: ServiceKind, process: SimProcess): Log;
  store(store: Store, process: SimProcess): Store;
  /** What makes a recorder's tokens its own. */
  nonce(process: SimProcess): string;
  dependencies(deps: ServiceDependencies, kind: ServiceKind): ServiceDependencies;
}

/** The product as it is. */
export const NO_PLANT: Plant = {
  log: (log) => log,
  store: (store) => store,
  nonce: (process) => process.name,
  dependencies: (deps) => deps,
};
