import type { Command } from "commander";
import { globalOptions } from "../global-options.ts";
import { CliError, EXIT, type Io, printJson, printLine } from "../io.ts";
import { LANES_SHOWN_MAX, type LaneStatus, laneStatuses, recordedOffsets } from "../status/lane-status.ts";
import { type ServiceStatus, serviceLags, serviceStatuses } from "../status/service-status.ts";
import { kafkaConnection, readSurroundings, type Surroundings, sqlAddress } from "../surroundings.ts";
import { type Column, clip, tableLines, visible } from "../table.ts";

/** `plumbline status`: lanes with their gates and verdicts, services with their lag. */
export function registerStatus(program: Command, io: Io): void {
  program
    .command("status")
    .summary("lanes, gates, verdicts and services now")
    .description("Shows every lane's gate and last verdict, and which services are up and how far behind.")
    .action(async (_options: unknown, command: Command) => {
      const given = globalOptions(command, io);
      const surroundings = await readSurroundings(given, io);
      const address = sqlAddress(surroundings);
      const lanes = await laneStatuses(address, surroundings.names);
      const services = await askServices(surroundings, address);
      if (given.json) {
        printJson(io, { run: runOf(surroundings), lanes, services });
      } else {
        for (const line of statusLines(surroundings, lanes, services)) printLine(io.stdout, line);
      }
      io.setExitCode(services.every(({ up }) => up) ? EXIT.pass : EXIT.input);
    });
}

async function askServices(surroundings: Surroundings, address: string): Promise<readonly ServiceStatus[]> {
  const { run, names } = surroundings;
  if (run.state !== "running") return [];
  let lags: ReadonlyMap<string, number> = new Map();
  try {
    lags = await serviceLags(kafkaConnection(surroundings), names, await recordedOffsets(address));
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
  }
  return await serviceStatuses(run.info.metricsUrls, lags);
}

function runOf({ run, config, names }: Surroundings): unknown {
  const info = run.state === "none" ? {} : { pid: run.info.pid, startedMs: run.info.startedMs };
  return { state: run.state, home: config.home, prefix: names.prefix, ...info };
}

const LANE_COLUMNS: readonly Column[] = [
  { title: "lane" },
  { title: "gate" },
  { title: "share", align: "right" },
  { title: "lease" },
  { title: "verdict" },
  { title: "families" },
  { title: "generation", align: "right" },
  { title: "window ended" },
  { title: "also frozen" },
];

const SERVICE_COLUMNS: readonly Column[] = [
  { title: "service" },
  { title: "state" },
  { title: "lag", align: "right" },
  { title: "at" },
];

function statusLines(
  { run }: Surroundings,
  lanes: readonly LaneStatus[],
  services: readonly ServiceStatus[],
): string[] {
  const lines: string[] = [];
  if (run.state === "running") {
    lines.push(`Run of process ${run.info.pid}, up since ${new Date(run.info.startedMs).toISOString()}.`, "");
  }
  if (lanes.length === 0) lines.push("No lane has been judged yet.");
  else {
    const rows = lanes
      .slice(0, LANES_SHOWN_MAX)
      .map((lane) => [
        lane.lane,
        lane.gate ?? "-",
        lane.share === null ? "-" : String(lane.share),
        lane.lease ?? "-",
        lane.verdict ?? "-",
        lane.families.join(", ") || "-",
        lane.generation === null ? "-" : String(lane.generation),
        lane.windowEnd === null ? "-" : `${lane.windowEnd} (${lane.window})`,
        lane.frozen.join(", ") || "-",
      ]);
    lines.push(...tableLines(LANE_COLUMNS, rows));
    for (const { lane, evidence } of lanes.slice(0, LANES_SHOWN_MAX)) {
      if (evidence.length > 0)
        lines.push(`${visible(lane)}: look at ${evidence.map((id) => clip(id)).join(", ")}`);
    }
    if (lanes.length > LANES_SHOWN_MAX) lines.push(`… and ${lanes.length - LANES_SHOWN_MAX} more lanes`);
  }
  if (services.length > 0) {
    const rows = services.map(({ service, up, lag, url }) => [
      service,
      up ? "up" : "down",
      lag === null ? "-" : String(lag),
      visible(url),
    ]);
    lines.push("", ...tableLines(SERVICE_COLUMNS, rows));
    lines.push("lag: records not committed yet; the monitor commits when a pane closes.");
  }
  return lines;
}
