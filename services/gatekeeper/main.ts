/** Process of the gatekeeper: wiring only. */
import { serve } from "../runtime/serve.ts";
import { runGatekeeper } from "../runtime/services/gatekeeper.ts";

await serve("gatekeeper", async (deps, { ready }) => {
  ready();
  await runGatekeeper(deps);
});
