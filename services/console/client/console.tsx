/** Entry of the page. */
import { render } from "preact";
import { App } from "./app.tsx";
import { startLive } from "./live.ts";

const root = document.getElementById("app");
startLive();
if (root !== null) render(<App />, root);
