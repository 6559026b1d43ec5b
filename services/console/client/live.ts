/** News from the console, one stream for the whole page, and none while nobody looks at it. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { LiveEvent } from "../answers/live-event.ts";

export type LiveState = "live" | "connecting" | "paused";
type Listener = (event: LiveEvent) => void;

/** News of one page within this time is one reason to ask again. */
const GATHER_MS = 1_000;

const listeners = new Set<Listener>();
const stateListeners = new Set<(state: LiveState) => void>();
let source: EventSource | null = null;
let state: LiveState = "connecting";
let missed = false;

function setState(next: LiveState): void {
  state = next;
  for (const listener of stateListeners) listener(next);
}

function tell(event: LiveEvent): void {
  for (const listener of listeners) listener(event);
}

function connect(): void {
  if (source !== null || document.hidden) return;
  setState("connecting");
  const opened = new EventSource("/api/live");
  source = opened;
  opened.addEventListener("hello", () => {
    setState("live");
    // What happened while there was no stream is not known.
    if (missed) tell({ kind: "all", lane: "" });
    missed = false;
  });
  opened.addEventListener("news", (message) => tell(JSON.parse((message as MessageEvent<string>).data)));
  opened.addEventListener("error", () => {
    missed = true;
    setState("connecting");
    // Refused for good (too many readers): a browser does not come again by itself.
    if (opened.readyState === EventSource.CLOSED) {
      source = null;
      setTimeout(connect, 10_000);
    }
  });
}

function disconnect(): void {
  source?.close();
  source = null;
  missed = true;
  setState("paused");
}

/** Starts the stream; it rests while the page is hidden, since a browser has few connections to give. */
export function startLive(): void {
  document.addEventListener("visibilitychange", () => (document.hidden ? disconnect() : connect()));
  addEventListener("pagehide", disconnect);
  addEventListener("pageshow", connect);
  connect();
}

/** Grows when there is news that `concerns` this part of the page, at most once a second. */
export function useNews(concerns: (event: LiveEvent) => boolean): number {
  const [version, setVersion] = useState(0);
  const asked = useRef(concerns);
  asked.current = concerns;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const listener: Listener = (event) => {
      if (timer !== null || (event.kind !== "all" && !asked.current(event))) return;
      timer = setTimeout(() => {
        timer = null;
        setVersion((known) => known + 1);
      }, GATHER_MS);
    };
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (timer !== null) clearTimeout(timer);
    };
  }, []);
  return version;
}

export function useLiveState(): LiveState {
  const [known, setKnown] = useState(state);
  useEffect(() => {
    stateListeners.add(setKnown);
    setKnown(state);
    return () => {
      stateListeners.delete(setKnown);
    };
  }, []);
  return known;
}
