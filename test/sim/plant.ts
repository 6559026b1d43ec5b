/** Where a bug can be planted without touching the product: wrappers around what a process is given. */
import type { Log, Store } from "../../services/ports.ts";
import type { SimProcess } from "./sim-process.ts";

export interface Plant {
  log(log: Log, process: SimProcess): Log;
  store(store: Store, process: SimProcess): Store;
  /** What makes a recorder's tokens its own. */
  nonce(process: SimProcess): string;
}

/** The product as it is. */
export const NO_PLANT: Plant = {
  log: (log) => log,
  store: (store) => store,
  nonce: (process) => process.name,
};
