/** Run as a program by the broker tests: starts a broker, prints its pid, and waits to be killed. */
import { startEmbeddedBroker } from "../../services/adapters/kafka/embedded-broker.ts";

const [stateDir, libDir] = process.argv.slice(2);
const logger = { info() {}, warn() {}, error() {} };
const env = JSON.parse(process.env.BROKER_ENV!) as { PATH: string };
const broker = await startEmbeddedBroker({ stateDir: stateDir!, libDir: libDir!, logger, env });
process.stdout.write(`${broker.pid}\n`);
