/** Which lanes there are: those the policy declares, and those the governor has a gate for. */
import { isLaneName } from "../../core/lane-name.ts";
import type { Policies } from "../../core/policy.ts";
import type { Clock } from "../../ports.ts";

/** The gates are read again at most this often, however many lanes are asked for. */
const READ_AGAIN_MS = 1_000;

export class KnownLanes {
  readonly #policies: Policies;
  readonly #clock: Clock;
  readonly #read: () => Promise<ReadonlySet<string>>;
  #gated: Promise<ReadonlySet<string>> | null = null;
  #readMs = 0;

  /** `read` gives the lanes that have a gate; where it fails, so does the question, and the next one reads again. */
  constructor(policies: Policies, clock: Clock, read: () => Promise<ReadonlySet<string>>) {
    this.#policies = policies;
    this.#clock = clock;
    this.#read = read;
  }

  async has(lane: string): Promise<boolean> {
    if (!isLaneName(lane)) return false;
    if (this.#policies.declared(lane)) return true;
    // What was there is there: lanes do not go away under a running console.
    if (this.#gated !== null && (await this.#gated).has(lane)) return true;
    const nowMs = this.#clock.nowMs();
    if (this.#gated === null || nowMs - this.#readMs >= READ_AGAIN_MS) {
      this.#readMs = nowMs;
      this.#gated = this.#read();
      this.#gated.catch(() => {
        this.#gated = null;
      });
    }
    return (await this.#gated).has(lane);
  }
}
