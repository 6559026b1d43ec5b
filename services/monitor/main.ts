/** Process of the monitor: wiring only. */
import { serve } from "../runtime/serve.ts";
import { runMonitor } from "../runtime/services/monitor.ts";

await serve("monitor", async (deps, { ready }) => {
  ready();
  await runMonitor(deps);
});
