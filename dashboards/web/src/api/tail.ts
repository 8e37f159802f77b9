// Lines as they arrive, over Loki's WebSocket; opened again when it breaks.
import type { StreamAnswer } from "./loki.ts";
import { address } from "./fetch.ts";

/** What a tail tells. */
export interface Listener {
  readonly lines: (streams: readonly StreamAnswer[]) => void;
  /** Lines that the server could not send fast enough. */
  readonly dropped: (count: number) => void;
  readonly state: (state: TailState) => void;
}

/** Lines that were left out for a slow reader: Belfry counts them in one entry, Loki lists them one by one. */
interface Dropped {
  count?: number;
}

/** How a tail goes. */
export type TailState =
  | { readonly kind: "connecting" }
  | { readonly kind: "open" }
  | { readonly kind: "broken"; readonly retryMs: number }
  /** Over; opening it again would not help. */
  | { readonly kind: "refused"; readonly reason: string };

/** Longest wait before a broken tail is opened again, in milliseconds. */
const RETRY_MS_MAX = 10_000;

/** Tries without any success after which we give up: a refusal before the upgrade looks like a break to a browser. */
const TRIES_MAX = 5;

/** Follows a query until it is closed. */
export class Tail {
  private socket: WebSocket | null = null;
  private timer = 0;
  private retryMs = 500;
  private failures = 0;

  /** `start` gives the nanosecond to begin at, asked at each opening. */
  constructor(private readonly query: string, private readonly start: () => string, private readonly listener: Listener) {
    this.open();
  }

  /** Ends it; the listener hears nothing more. */
  close(): void {
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  private open(): void {
    this.listener.state({ kind: "connecting" });
    const url = address("/loki/api/v1/tail", { query: this.query, start: this.start(), limit: "1000", encodingFlags: "categorize-labels" });
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url);
    this.socket = socket;
    socket.onopen = () => {
      if (this.socket !== socket) return;
      [this.retryMs, this.failures] = [500, 0];
      this.listener.state({ kind: "open" });
    };
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (this.socket === socket && typeof data === "string") this.read(data);
    };
    socket.onclose = ({ code, reason }) => {
      if (this.socket === socket) this.closed(code, reason);
    };
  }

  private read(text: string): void {
    const frame = JSON.parse(text) as { streams?: StreamAnswer[] | null; dropped_entries?: Dropped[] | null };
    const dropped = (frame.dropped_entries ?? []).reduce((sum, entry) => sum + (entry.count ?? 1), 0);
    if (dropped > 0) this.listener.dropped(dropped);
    if (frame.streams?.length) this.listener.lines(frame.streams);
  }

  private closed(code: number, reason: string): void {
    this.socket = null;
    this.failures += 1;
    // 1001: the server goes down, 1006: no goodbye at all. Everything else was said on purpose.
    if ((code !== 1006 && code !== 1001) || this.failures > TRIES_MAX) {
      const why = reason || (code === 1006 ? "the connection breaks at once" : `closed with code ${code}`);
      this.listener.state({ kind: "refused", reason: why });
      return;
    }
    this.listener.state({ kind: "broken", retryMs: this.retryMs });
    this.timer = setTimeout(() => this.open(), this.retryMs) as unknown as number;
    this.retryMs = Math.min(RETRY_MS_MAX, this.retryMs * 2);
  }
}
