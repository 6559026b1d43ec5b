/** The system's Alertmanager as a child. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { freePorts } from "../../services/adapters/kafka/free-port.ts";

export interface TestAlertmanager {
  readonly url: string;
  close(): Promise<void>;
}

/** Why no Alertmanager can run here; null when it can. */
export function alertmanagerMissing(): string | null {
  const missing = ["prometheus-alertmanager", "amtool"].filter(
    (program) => spawnSync(program, ["--version"]).error !== undefined,
  );
  if (missing.length === 0) return null;
  const reason = `${missing.join(" and ")} not installed (apt-get install prometheus-alertmanager)`;
  console.warn(`what needs a real Alertmanager is not checked: ${reason}`);
  return reason;
}

/** `files` by name, in the directory that `alertmanager.yaml` among them is read from. Throws where amtool refuses it. */
export async function startAlertmanager(files: Readonly<Record<string, string>>): Promise<TestAlertmanager> {
  const dir = await mkdtemp(join(tmpdir(), "plumbline-alertmanager-"));
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text, { mode: 0o600 });
  const config = join(dir, "alertmanager.yaml");
  const check = spawnSync("amtool", ["check-config", config], { encoding: "utf8" });
  if (check.status !== 0) {
    await rm(dir, { recursive: true, force: true });
    throw new Error(`amtool refuses the routes: ${check.stdout}${check.stderr}`);
  }
  const [port] = await freePorts(1);
  const child = spawn(
    "prometheus-alertmanager",
    [
      `--config.file=${config}`,
      `--storage.path=${join(dir, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--cluster.listen-address=",
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const close = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      await exited;
    }
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await new Promise<void>((resolve, reject) => {
      const said: string[] = [];
      createInterface({ input: child.stderr! }).on("line", (line) => {
        if (said.length < 50) said.push(line);
        if (line.includes("Listening on")) resolve();
      });
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`alertmanager ended with ${code}:\n${said.join("\n")}`)));
    });
  } catch (error) {
    await close();
    throw error;
  }
  return { url: `http://127.0.0.1:${port}`, close };
}
