// Live lines between the socket and the list: given on a few times a second, held back while paused.
import type { StreamAnswer } from "../api/loki.ts";
import { Tail, type TailState } from "../api/tail.ts";
import { type Entry, newestFirst, unknownAmong } from "../lines/entry.ts";

/** How the live tail goes. */
export interface Live {
  readonly state: TailState;
  readonly paused: boolean;
  /** Lines held back. */
  readonly waiting: number;
  /** Lines that were never shown: the server could not send them in time, or too many were held back. */
  readonly dropped: number;
}

/** Who shows them. */
export interface Viewer {
  /** Lines that are shown already, newest first. */
  readonly shown: () => readonly Entry[];
  readonly show: (live: Live) => void;
  readonly add: (lines: readonly Entry[]) => void;
}

/** Between two times that the list is drawn, in milliseconds. */
const DRAW_MS = 150;

/** Lines held back at most; the oldest are dropped and counted. */
const WAITING_MAX = 5_000;

/** A live tail with a pause. */
export class LiveTail {
  private readonly tail: Tail;
  /** Oldest first. */
  private waiting: Entry[] = [];
  private timer = 0;
  private live: Live = { state: { kind: "connecting" }, paused: false, waiting: 0, dropped: 0 };

  constructor(query: string, private newest: string, private readonly viewer: Viewer) {
    this.tail = new Tail(query, () => this.newest, {
      lines: (streams) => this.take(streams),
      dropped: (count) => this.update({ dropped: this.live.dropped + count }),
      state: (state) => this.update({ state }),
    });
  }

  /** Ends it. */
  close(): void {
    clearTimeout(this.timer);
    this.tail.close();
  }

  /** Holds lines back, or gives on what was held back. */
  pause(paused: boolean): void {
    // What came in the moment before was not drawn yet: it waits too.
    this.update({ paused, waiting: paused ? this.waiting.length : this.live.waiting });
    if (!paused) this.give();
  }

  private take(streams: readonly StreamAnswer[]): void {
    const told = newestFirst(streams);
    this.newest = told[0]?.ns ?? this.newest;
    // A tail begins at the newest line that we have, so it tells that one again: at its start and after each break.
    const lines = unknownAmong(told, [...this.waiting, ...this.viewer.shown()]);
    if (lines.length === 0) return;
    this.waiting.push(...lines.reverse());
    const over = this.waiting.length - WAITING_MAX;
    if (over > 0) {
      this.waiting.splice(0, over);
      this.update({ dropped: this.live.dropped + over });
    }
    if (this.live.paused) this.update({ waiting: this.waiting.length });
    else this.timer ||= setTimeout(() => this.give(), DRAW_MS) as unknown as number;
  }

  private give(): void {
    clearTimeout(this.timer);
    this.timer = 0;
    if (this.live.paused) return;
    const lines = this.waiting.reverse();
    this.waiting = [];
    if (this.live.waiting > 0) this.update({ waiting: 0 });
    if (lines.length > 0) this.viewer.add(lines);
  }

  private update(part: Partial<Live>): void {
    this.live = { ...this.live, ...part };
    this.viewer.show(this.live);
  }
}
