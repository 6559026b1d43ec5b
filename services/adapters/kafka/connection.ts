import { readFileSync } from "node:fs";

/** Where the cluster is and how to reach it. Shared by both clients. */
export interface KafkaConnection {
  /** `host:port`, at least one. */
  readonly brokers: readonly string[];
  /** TLS; absent = plain. Paths are read by the client at start. */
  readonly ssl?: {
    /** Authorities to trust; absent = the system's. */
    readonly caPath?: string;
    readonly certPath?: string;
    readonly keyPath?: string;
  };
  readonly sasl?: {
    readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512";
    readonly username: string;
    readonly password: string;
  };
}

/** The connection as librdkafka's properties. */
export function rdkafkaConnection(connection: KafkaConnection): Record<string, string> {
  const { ssl, sasl } = connection;
  const config: Record<string, string> = {
    "metadata.broker.list": connection.brokers.join(","),
    "security.protocol": `${sasl === undefined ? "" : "sasl_"}${ssl === undefined ? "plaintext" : "ssl"}`,
  };
  if (ssl?.caPath !== undefined) config["ssl.ca.location"] = ssl.caPath;
  if (ssl?.certPath !== undefined) config["ssl.certificate.location"] = ssl.certPath;
  if (ssl?.keyPath !== undefined) config["ssl.key.location"] = ssl.keyPath;
  if (sasl !== undefined) {
    config["sasl.mechanisms"] = sasl.mechanism.toUpperCase();
    config["sasl.username"] = sasl.username;
    config["sasl.password"] = sasl.password;
  }
  return config;
}

/** The TLS files, read. @throws when one cannot be read. */
export function readTls(ssl: NonNullable<KafkaConnection["ssl"]>): {
  ca?: string[];
  cert?: string;
  key?: string;
} {
  return {
    ...(ssl.caPath === undefined ? {} : { ca: [readFileSync(ssl.caPath, "utf8")] }),
    ...(ssl.certPath === undefined ? {} : { cert: readFileSync(ssl.certPath, "utf8") }),
    ...(ssl.keyPath === undefined ? {} : { key: readFileSync(ssl.keyPath, "utf8") }),
  };
}
