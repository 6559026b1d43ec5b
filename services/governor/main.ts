/** Process of the governor: wiring only. */
import { serve } from "../runtime/serve.ts";
import { runGovernor } from "../runtime/services/governor.ts";

await serve("governor", async (deps, { ready }) => {
  ready();
  await runGovernor(deps);
});
