/** What a monitor tells of one partition number beside its rows. */
import type { MonitorTopic } from "./feeds.ts";

/** Gauges of one partition; provisional, they decide nothing. */
export interface MonitorStatus {
  /** All lanes and stages. */
  readonly openPanes: number;
  /** Pane starts with state that is not folded yet; at most `OPEN_PANES_MAX` and what the slowest topic opens. */
  readonly unfoldedPanes: number;
  /** Records that wait for a pane to be folded. */
  readonly heldRecords: number;
  /** Topics that the held records wait for; empty where none are held. */
  readonly waitsFor: readonly MonitorTopic[];
  readonly lanes: number;
  readonly changelogKeys: number;
}
