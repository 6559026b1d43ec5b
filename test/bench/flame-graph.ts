/**
 * A CPU profile as one HTML file with a viewer in it. The viewer is speedscope's released application, which runs without a
 * server and asks for nothing from anywhere; its own command would write to the temporary directory and open a browser.
 */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** Directory of the released application. */
function releaseDirectory(): string {
  const manifest = createRequire(import.meta.url).resolve("speedscope/package.json");
  return join(dirname(manifest), "dist", "release");
}

/** The one file of the application with this extension; names carry a hash that changes with every release. */
function applicationFile(extension: string): string {
  const directory = releaseDirectory();
  const found = readdirSync(directory).filter(
    (name) => name.startsWith("speedscope-") && name.endsWith(extension),
  );
  if (found.length !== 1)
    throw new Error(`speedscope's release has ${found.length} files speedscope-*${extension}, not one`);
  return readFileSync(join(directory, found[0]!), "utf8");
}

/**
 * `name` ends in `.cpuprofile`: the viewer tells the format by it. `profile` is the profile's JSON.
 *
 * The application takes a profile from a script only where its address names one, and would load that script from a file.
 * So the address names one, the policy forbids to load it (or anything else), and what the script would call is called here.
 */
export function flameGraphHtml(name: string, profile: string): string {
  const base64 = Buffer.from(profile).toString("base64");
  return `<!DOCTYPE html>
<html>
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:">
<title>${escapeHtml(name)}</title>
<style>${applicationFile(".css")}</style>
</head>
<body>
<script>
location.hash = "view=left-heavy&localProfilePath=embedded";
Object.defineProperty(window, "speedscope", {
  set(application) {
    setTimeout(() => application.loadFileFromBase64(${inScript(JSON.stringify(name))}, ${JSON.stringify(base64)}));
  },
});
</script>
<script>${inScript(applicationFile(".js"))}</script>
</body>
</html>
`;
}

/** Code inside a script element, which only the end tag or a comment's start can end early. */
function inScript(code: string): string {
  return code.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
