/** What can be known of infra/compose.yaml and the Dockerfile without a container engine; docs/deploy.md says what cannot. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { DEFAULT_LIMITS } from "../../../services/adapters/store/read-only-sql.ts";
import {
  DEFAULT_METRICS_PORTS,
  loadConfig,
  SERVICES,
  type ServiceName,
} from "../../../services/runtime/config.ts";
import { RUN_SERVICES } from "../../../services/runtime/embedded-run.ts";
import {
  type ComposeFile,
  type ComposeService,
  dockerInstructions,
  INFRA,
  imageEnvironment,
  ownServices,
  readInfra,
  readYaml,
} from "../../support/compose-file.ts";

const REPOSITORY = join(INFRA, "..");
const compose = readYaml<ComposeFile>("compose.yaml");
const { services } = compose;
const dir = mkdtempSync(join(tmpdir(), "plumbline-compose-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

type Targets = readonly {
  readonly targets: readonly string[];
  readonly labels?: { readonly process: string };
}[];

/** `[source, target]` of each mount. */
function mounts({ volumes = [] }: ComposeService): readonly (readonly [string, string])[] {
  return volumes.map((volume) => {
    const [source = "", target = ""] = volume.split(":");
    return [source, target] as const;
  });
}

/** A path in a container as the file of the repository that is mounted there; null where none is. */
function mounted(service: ComposeService, path: string): string | null {
  const found = mounts(service)
    .filter(
      ([source, target]) => source.startsWith(".") && (path === target || path.startsWith(`${target}/`)),
    )
    .sort(([, a], [, b]) => b.length - a.length)[0];
  return found === undefined ? null : join(INFRA, found[0], path.slice(found[1].length));
}

describe("infra/compose.yaml", () => {
  it("has every service of a run, each from its own module", () => {
    for (const name of [...RUN_SERVICES, "console"]) {
      expect(services[name]?.command, name).toEqual(["node", `dist/services/${name}/main.js`]);
      expect(existsSync(join(REPOSITORY, "services", name, "main.ts")), name).toBe(true);
    }
  });

  it("gives our services settings that they accept, and no others", () => {
    const secret = join(dir, "secret");
    writeFileSync(secret, "a-password\n");
    for (const [name, { environment = {} }] of ownServices(compose)) {
      const service: ServiceName = SERVICES.find((known) => known === name) ?? "cli";
      const env = Object.fromEntries(
        Object.entries({ ...imageEnvironment(), ...environment }).map(([key, value]) => [
          key,
          value.startsWith("/run/secrets/") ? secret : value,
        ]),
      );
      const loaded = loadConfig(env, service);
      expect(loaded.ok ? [] : loaded.problems, name).toEqual([]);
      if (!loaded.ok) continue;
      expect(loaded.config.metricsHost, name).toBe("0.0.0.0");
      const grace = Number.parseInt(services[name]?.stop_grace_period ?? "0", 10) * 1_000;
      expect(grace, name).toBeGreaterThan(loaded.config.stopMsMax);
      for (const path of [loaded.config.rulesPath!, loaded.config.lanesPath!]) {
        expect(existsSync(mounted(services[name]!, path) ?? ""), `${name}: ${path}`).toBe(true);
      }
    }
  });

  it("keeps instances apart: two processes never share a transactional id", () => {
    const instances = ownServices(compose).flatMap(
      ([, { environment }]) => environment?.PLUMBLINE_INSTANCE ?? [],
    );
    expect(instances).toHaveLength(RUN_SERVICES.length + 1);
    expect(new Set(instances).size).toBe(instances.length);
  });

  it("opens doors to this machine alone", () => {
    const open = Object.values(services).flatMap(({ ports = [] }) => ports);
    expect(open.filter((port) => !/^127\.0\.0\.1:\d+:\d+$/.test(port))).toEqual([]);
    expect(new Set(open.map((port) => port.split(":")[1])).size).toBe(open.length);
  });

  it("mounts what is there", () => {
    for (const [name, service] of Object.entries(services)) {
      for (const [source, target] of mounts(service)) {
        expect(isAbsolute(target), `${name}: ${target}`).toBe(true);
        if (source.startsWith(".")) expect(existsSync(join(INFRA, source)), `${name}: ${source}`).toBe(true);
        else expect(Object.keys(compose.volumes), `${name}: ${source}`).toContain(source);
      }
      for (const path of [...(service.command ?? []), ...(service.entrypoint ?? [])]) {
        const [, file = ""] = /^(?:--config\.file=)?(\/etc\/\S+|\/opt\/plumbline\/\S+)$/.exec(path) ?? [];
        if (file === "") continue;
        expect(existsSync(mounted(service, file) ?? ""), `${name}: ${file}`).toBe(true);
      }
    }
  });

  it("pins, limits, restarts and checks every container", () => {
    for (const [name, service] of Object.entries(services)) {
      expect(service.image, name).toMatch(/:(local|v?\d+\.\d+(\.\d+)?)$/);
      expect(service.deploy?.resources.limits, name).toMatchObject({
        cpus: expect.stringMatching(/^\d/),
        memory: expect.stringMatching(/^\d+[MG]$/),
      });
      expect(service.logging?.options["max-size"], name).toBeDefined();
      if (service.profiles !== undefined) continue;
      expect(["unless-stopped", "on-failure"], name).toContain(service.restart);
      // Ours have the image's check; one that ends by itself has none.
      const checked = service.healthcheck?.test !== undefined || service.build !== undefined;
      expect(checked, name).toBe(true);
      for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
        const wanted = other === "publish" ? "service_completed_successfully" : "service_healthy";
        expect([name, other, condition]).toEqual([name, other, wanted]);
        if (wanted === "service_healthy") expect(services[other]?.healthcheck?.test, other).toBeDefined();
      }
    }
    for (const [name, service] of ownServices(compose)) {
      expect([name, service.read_only, service.cap_drop]).toEqual([name, true, ["ALL"]]);
    }
  });

  it("runs the broker's release that everything is tested with", () => {
    const [, version] =
      /kafka_2\.13<\/artifactId>\s*<version>([\d.]+)</.exec(readInfra("kafka/pom.xml")) ?? [];
    expect(services.kafka?.image).toBe(`apache/kafka:${version}`);
    const properties = Object.fromEntries(
      readInfra("kafka/server.properties")
        .split("\n")
        .filter((line) => /^[a-z]/.test(line) && !line.includes("{{"))
        .map((line) => line.split("=") as [string, string]),
    );
    for (const [variable, value] of Object.entries(services.kafka?.environment ?? {})) {
      const property = variable.replace("KAFKA_", "").toLowerCase().replaceAll("_", ".");
      const own = properties[property];
      if (own === undefined || property === "listener.security.protocol.map") continue;
      expect([property, value]).toEqual([property, own]);
    }
  });
});

describe("Prometheus, Alertmanager and Grafana of the compose file", () => {
  it("are told of the same processes here as in containers, on the ports they have", () => {
    const here = readYaml<Targets>("prometheus/targets/services.yaml");
    const there = readYaml<Targets>("compose/prometheus-targets/services.yaml");
    const processes = here.map(({ labels }) => labels!.process);
    expect(there.map(({ labels }) => labels!.process)).toEqual(processes);
    expect([...processes].sort()).toEqual([...RUN_SERVICES, "console"].sort());
    const port = imageEnvironment().PLUMBLINE_METRICS_PORT;
    for (const [i, process] of processes.entries()) {
      expect(here[i]!.targets).toEqual([`127.0.0.1:${DEFAULT_METRICS_PORTS[process as ServiceName]}`]);
      expect(there[i]!.targets).toEqual([`${process}:${port}`]);
      expect(services[process]?.build).toBeDefined();
    }
    const managers = readYaml<Targets>("compose/prometheus-targets/alertmanagers.yaml");
    expect(managers).toEqual([{ targets: ["alertmanager:9093"] }]);
    expect(readYaml<Targets>("prometheus/targets/alertmanagers.yaml")).toEqual([
      { targets: ["127.0.0.1:9093"] },
    ]);
    expect(readdirSync(join(INFRA, "prometheus/targets")).sort()).toEqual(
      readdirSync(join(INFRA, "compose/prometheus-targets")).sort(),
    );
    expect(services.alertmanager?.ports).toEqual(["127.0.0.1:9093:9093"]);
  });

  it("with the mounts of the compose file are a configuration that promtool accepts", (context) => {
    if (spawnSync("promtool", ["--version"]).error !== undefined) {
      console.warn(
        "promtool is not installed (apt-get install prometheus): the configuration was not checked",
      );
      context.skip("promtool is not installed");
    }
    const at = join(dir, "prometheus");
    execFileSync("cp", ["-r", join(INFRA, "prometheus"), at]);
    execFileSync("cp", ["-r", `${join(INFRA, "compose/prometheus-targets")}/.`, join(at, "targets")]);
    const said = execFileSync("promtool", ["check", "config", join(at, "prometheus.yml")], {
      encoding: "utf8",
    });
    expect(said).toContain("SUCCESS");
  });

  it("send what asks for a freeze to the console, by the file that ships with two words changed", (context) => {
    const [shell, flag, script = ""] = services.alertmanager?.entrypoint ?? [];
    expect([shell, flag]).toEqual(["/bin/sh", "-c"]);
    const [sed = ""] = script.split(" && exec ");
    const out = join(dir, "alertmanager.yaml");
    const shipped = join(INFRA, "alertmanager/alertmanager.yaml");
    expect(script).toContain("--config.file=/alertmanager/alertmanager.yaml");
    execFileSync("sh", [
      "-c",
      sed
        .replace("/etc/alertmanager/alertmanager.yaml", shipped)
        .replace("> /alertmanager/alertmanager.yaml", `> ${out}`),
    ]);
    const { receivers } = parse(readFileSync(out, "utf8")) as {
      receivers: { webhook_configs?: { url: string; http_config: { authorization: object } }[] }[];
    };
    const [hook] = receivers.flatMap(({ webhook_configs = [] }) => webhook_configs);
    const { PLUMBLINE_WEBHOOK_TOKEN_FILE: file, PLUMBLINE_CONSOLE_NAMES: name } =
      services.console!.environment!;
    expect(hook).toMatchObject({
      url: `http://${name}:8420/webhooks/alertmanager`,
      http_config: { authorization: { type: "Bearer", credentials_file: file } },
    });
    if (spawnSync("amtool", ["--version"]).error !== undefined) {
      console.warn(
        "amtool is not installed (apt-get install prometheus-alertmanager): routes were not checked",
      );
      context.skip("amtool is not installed");
    }
    writeFileSync(join(dir, "token"), "x\n");
    const local = readFileSync(out, "utf8").replace("/run/secrets/webhook_token", join(dir, "token"));
    writeFileSync(out, local);
    expect(execFileSync("amtool", ["check-config", out], { encoding: "utf8" })).toContain("SUCCESS");
  });

  it("give Grafana every variable its data sources name, and its dashboards", () => {
    const sources = readInfra("grafana/provisioning/datasources/plumbline.yaml");
    const named = new Set([...sources.matchAll(/\$(PLUMBLINE_\w+)/g)].map(([, name]) => name!));
    const grafana = services.grafana!;
    const given = new Map(Object.entries(grafana.environment ?? {}));
    for (const argument of grafana.entrypoint ?? []) {
      const [, name, file] = /^(\w+)=(\/run\/secrets\/\w+)$/.exec(argument) ?? [];
      if (name !== undefined) given.set(name, file!);
    }
    expect([...named].filter((name) => !given.has(name))).toEqual([]);
    expect(given.get("PLUMBLINE_GRAFANA_PROMETHEUS_URL")).toBe("http://prometheus:9090");
    expect(given.get("PLUMBLINE_GRAFANA_CLICKHOUSE_HOST")).toBe("clickhouse");
    const { providers } = readYaml<{ providers: { options: { path: string } }[] }>(
      "grafana/provisioning/dashboards/plumbline.yaml",
    );
    for (const { options } of providers) {
      expect(mounted(grafana, options.path)).toBe(join(REPOSITORY, "dashboards"));
    }
  });
});

describe("ClickHouse of the compose file", () => {
  const users = readInfra("clickhouse/server/users.xml");
  const setting = (profile: string, name: string): string | undefined =>
    new RegExp(`<${profile}>[\\s\\S]*?<${name}>([^<]+)</${name}>`).exec(users)?.[1];

  it("limits readers as the embedded engine's door does", () => {
    expect(setting("plumbline_reader", "readonly")).toBe("1");
    const limits = {
      max_execution_time: DEFAULT_LIMITS.executionMsMax / 1_000,
      max_memory_usage: DEFAULT_LIMITS.memoryBytesMax,
      max_result_rows: DEFAULT_LIMITS.resultRowsMax,
      max_result_bytes: DEFAULT_LIMITS.resultBytesMax,
    };
    for (const [name, limit] of Object.entries(limits)) {
      expect([name, setting("plumbline_reader", name)]).toEqual([name, String(limit)]);
      // What a client may change in between may only become smaller.
      expect(users).toContain(`<${name}><changeable_in_readonly/><max>${limit}</max></${name}>`);
    }
  });

  it("knows the users that containers come as, with passwords from secrets", () => {
    const asked = [...Object.values(services)].flatMap(({ environment = {} }) => [
      ...(environment.CLICKHOUSE_USER === undefined ? [] : [environment.CLICKHOUSE_USER]),
      ...(environment.PLUMBLINE_GRAFANA_CLICKHOUSE_USER === undefined
        ? []
        : [environment.PLUMBLINE_GRAFANA_CLICKHOUSE_USER]),
    ]);
    for (const user of asked) expect(users).toContain(`<${user}>`);
    expect(asked.filter((user) => user === "plumbline")).toHaveLength(1);
    for (const [, name] of users.matchAll(/from_env="(\w+)"/g)) {
      expect(
        services.clickhouse?.entrypoint?.some((argument) => argument.startsWith(`${name}=/run/secrets/`)),
      ).toBe(true);
    }
    expect(users).not.toMatch(/<password>[^<]/);
  });

  it("has well-formed XML", () => {
    for (const file of ["users.xml", "config.xml"]) {
      const open: string[] = [];
      const text = readInfra(`clickhouse/server/${file}`).replaceAll(/<!--[\s\S]*?-->/g, "");
      for (const [, close, name, self] of text.matchAll(/<(\/?)([A-Za-z_0-9]+)[^>]*?(\/?)>/g)) {
        if (self === "/") continue;
        if (close === "/") expect(open.pop()).toBe(name);
        else open.push(name!);
      }
      expect(open).toEqual([]);
    }
  });
});

describe("secrets", () => {
  const script = (name: string): string => join(INFRA, "compose", name);

  it("are those that the script makes, given to whom the file says, and not in the repository", () => {
    const text = readFileSync(script("make-secrets.sh"), "utf8");
    const made = /for name in ([^;]+);/.exec(text)?.[1]?.split(" ") ?? [];
    expect(made.sort()).toEqual(Object.keys(compose.secrets).sort());
    for (const [name, { file }] of Object.entries(compose.secrets)) expect(file).toBe(`./secrets/${name}`);
    expect(readFileSync(join(REPOSITORY, ".gitignore"), "utf8").split("\n")).toContain("infra/secrets/");
    for (const [name, service] of Object.entries(services)) {
      const used = JSON.stringify([service.environment, service.entrypoint]).matchAll(
        /\/run\/secrets\/(\w+)/g,
      );
      const names = [...new Set([...used].map(([, secret]) => secret!))].sort();
      expect([name, ...names]).toEqual([name, ...[...(service.secrets ?? [])].sort()]);
    }
  });

  it("are made once, random, and readable in containers", () => {
    const home = join(dir, "infra");
    execFileSync("mkdir", ["-p", join(home, "compose")]);
    execFileSync("cp", [script("make-secrets.sh"), join(home, "compose")]);
    const make = (): readonly string[] => {
      execFileSync("sh", [join(home, "compose/make-secrets.sh")]);
      return Object.values(compose.secrets).map(({ file }) => readFileSync(join(home, file), "utf8"));
    };
    const first = make();
    expect(new Set(first).size).toBe(first.length);
    for (const secret of first) expect(secret).toMatch(/^[0-9a-f]{48}$/);
    expect(make()).toEqual(first);
  });

  it("reach a program as variables, and a missing one stops the start", () => {
    const file = join(dir, "one");
    writeFileSync(file, "s3cret$ '\"\n");
    const run = (...args: string[]) =>
      spawnSync("sh", [script("with-secrets.sh"), ...args], { encoding: "utf8" });
    const said = run(
      `A_SECRET=${file}`,
      "--",
      process.execPath,
      "-p",
      "process.env.A_SECRET + process.argv[1]",
      " x y",
    );
    expect([said.status, said.stdout]).toEqual([0, "s3cret$ '\" x y\n"]);
    expect(run(`A_SECRET=${join(dir, "none")}`, "--", "true")).toMatchObject({ status: 2 });
    expect(run(`A_SECRET=${file}`)).toMatchObject({ status: 2 });
  });
});

describe("infra/Dockerfile", () => {
  const instructions = dockerInstructions();
  const rests = (name: string): readonly string[] =>
    instructions.filter((instruction) => instruction.name === name).map(({ rest }) => rest);

  it("copies what is there and what its ignore file lets through", () => {
    const allowed = readInfra("Dockerfile.dockerignore")
      .split("\n")
      .filter((line) => line.startsWith("!"))
      .map((line) => line.slice(1));
    const sources = rests("COPY")
      .filter((rest) => !rest.startsWith("--from="))
      .flatMap((rest) => rest.split(" ").slice(0, -1));
    expect(sources.length).toBeGreaterThan(5);
    for (const source of sources) {
      expect(existsSync(join(REPOSITORY, source)), source).toBe(true);
      expect(
        allowed.some((path) => source === path || source.startsWith(`${path}/`)),
        source,
      ).toBe(true);
    }
    for (const path of allowed) expect(existsSync(join(REPOSITORY, path)), path).toBe(true);
  });

  it("runs on the Node that the package asks for, as a user without rights, with signals passed on", () => {
    const { engines } = JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8")) as {
      engines: { node: string };
    };
    const [, major] = />=(\d+)/.exec(engines.node) ?? [];
    for (const image of rests("FROM")) expect(image).toMatch(new RegExp(`^node:${major}-`));
    expect(rests("USER")).toEqual(["node"]);
    expect(rests("ENTRYPOINT")).toEqual(['["/usr/bin/tini", "--"]']);
    expect(rests("EXPOSE")).toEqual([imageEnvironment().PLUMBLINE_METRICS_PORT]);
    expect(compose.services.gatekeeper?.build).toEqual({ context: "..", dockerfile: "infra/Dockerfile" });
  });

  it("has a health check that is a program", () => {
    const [, json] = /CMD (\[.*\])$/.exec(rests("HEALTHCHECK")[0]!) ?? [];
    const [program, flag, source] = JSON.parse(json!) as [string, string, string];
    expect([program, flag]).toEqual(["node", "-e"]);
    // Nobody listens on port 1: it must say so by its exit code, not hang.
    const run = spawnSync(process.execPath, ["-e", source], {
      env: { PLUMBLINE_METRICS_PORT: "1" },
      timeout: 20_000,
    });
    expect(run.status).toBe(1);
  });
});

describe("systemd units", () => {
  it("are accepted by systemd-analyze", (context) => {
    if (spawnSync("systemd-analyze", ["--version"]).error !== undefined) {
      console.warn("systemd-analyze is not installed (apt-get install systemd): units were not checked");
      context.skip("systemd-analyze is not installed");
    }
    const names = readdirSync(join(INFRA, "systemd")).filter((name) => /\.(service|target)$/.test(name));
    for (const name of names) {
      // Node is elsewhere on some machines; the rest is as shipped.
      const text = readInfra(`systemd/${name}`).replaceAll("/usr/bin/node", process.execPath);
      writeFileSync(join(dir, name), text);
    }
    const units = names.map((name) => join(dir, name.replace("@.", "@gatekeeper.")));
    const run = spawnSync("systemd-analyze", ["verify", "--man=no", ...units], { encoding: "utf8" });
    expect(run.stderr).toBe("");
    expect(run.status).toBe(0);
  });

  it("set what services know", () => {
    const example = readInfra("systemd/plumbline.env.example");
    const lines = example.split("\n").filter((line) => /^[A-Z]/.test(line));
    const secret = join(dir, "password");
    writeFileSync(secret, "x\n");
    const env = Object.fromEntries(lines.map((line) => line.split("=") as [string, string]));
    const loaded = loadConfig({ ...env, CLICKHOUSE_PASSWORD_FILE: secret }, "recorder");
    expect(loaded.ok ? [] : loaded.problems).toEqual([]);
  });
});
