/** One statement in the embedded store, in a process of its own, while no recorder holds it. Arguments: data directory, statement. */
import { openStore } from "../../services/adapters/store/open-store.ts";

const [dataDir, statement] = process.argv.slice(2);
const store = await openStore({ dataDir: dataDir! });
try {
  await store.command(statement!);
} finally {
  await store.close();
}
