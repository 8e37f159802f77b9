// The search behind the page of logs: lines, histogram, further lines on both sides, and the live tail.
import { Failure } from "../api/fetch.ts";
import { type RangeAnswer, type SeriesAnswer, queryRange } from "../api/loki.ts";
import { type Entry, newestFirst, unknownAmong } from "../lines/entry.ts";
import { asksForLines, histogramQuery } from "../logql/pipeline.ts";
import { Store } from "../shell/store.ts";
import { nsOf, shiftNs } from "../time/nanos.ts";
import { type Span, endsNow, resolve } from "../time/range.ts";
import { stepFor } from "../time/step.ts";
import { type Histogram, barsOf, fill, withLines } from "./histogram.ts";
import { type Live, LiveTail } from "./live.ts";
import type { View } from "./view.ts";

/** Whether there is more on one side of the lines. */
export type Side = "more" | "loading" | "end" | "full" | "failed";

/** What the search found so far. */
export interface Found {
  readonly phase: "idle" | "loading" | "done" | "failed";
  /** What was asked; null before anything was. */
  readonly view: View | null;
  /** The range of the view as times. */
  readonly span: Span;
  readonly entries: readonly Entry[];
  /** Series, when the query asked for them instead of lines. */
  readonly series: readonly SeriesAnswer[] | null;
  readonly failure: Failure | null;
  readonly histogram: Histogram | null;
  readonly histogramPhase: "none" | "loading" | "done" | "failed";
  readonly older: Side;
  readonly newer: Side;
  readonly tookMs: number;
  readonly bytes: number;
  readonly warnings: readonly string[];
  readonly live: Live | null;
}

/** Lines that the page holds at most; further ones are not loaded. */
export const HELD_MAX = 20_000;

/** Lines that a live tail keeps; the oldest go first. */
export const LIVE_MAX = 5_000;

/** Points of a graph at most. */
const POINTS_MAX = 240;

const NOTHING: Found = {
  phase: "idle",
  view: null,
  span: { from: 0, to: 0 },
  entries: [],
  series: null,
  failure: null,
  histogram: null,
  histogramPhase: "none",
  older: "end",
  newer: "end",
  tookMs: 0,
  bytes: 0,
  warnings: [],
  live: null,
};

/** The search. One at a time: a new one ends the one before. */
export class Search extends Store<Found> {
  private running = new AbortController();
  private tail: LiveTail | null = null;

  constructor() {
    super(NOTHING);
  }

  /** Asks for what the view says. What is shown stays until the answer is there. */
  run(view: View): void {
    this.stop();
    if (view.query.trim() === "") {
      this.set(NOTHING);
      return;
    }
    const { signal } = (this.running = new AbortController());
    const span = resolve(view.range, Date.now());
    const lines = asksForLines(view.query);
    this.patch({ phase: "loading", view, span, failure: null, live: null, histogramPhase: lines ? "loading" : "none" });
    void this.load(view, span, signal);
    if (lines) void this.loadHistogram(view, span, signal);
  }

  /** Ends everything that is under way. */
  stop(): void {
    this.running.abort();
    this.tail?.close();
    this.tail = null;
  }

  private async load(view: View, span: Span, signal: AbortSignal): Promise<void> {
    const started = performance.now();
    try {
      const answers = await this.firstLines(view, span, signal);
      signal.throwIfAborted();
      const tookMs = performance.now() - started;
      const bytes = answers.reduce((sum, answer) => sum + answer.bytes, 0);
      const warnings = answers.flatMap((answer) => answer.warnings);
      this.patch({ phase: "done", tookMs, bytes, warnings, ...sorted(answers, view) });
      if (view.live && this.state.series === null) this.startTail(view, signal);
    } catch (error) {
      if (signal.aborted) return;
      this.patch({ phase: "failed", failure: asFailure(error), entries: [], series: null, histogram: null, live: null });
    }
  }

  private async firstLines(view: View, span: Span, signal: AbortSignal): Promise<RangeAnswer[]> {
    const { query, limit, at } = view;
    if (at !== "" && asksForLines(query)) {
      const half = Math.max(1, Math.floor(limit / 2));
      const behind = shiftNs(at, 1n);
      const [from, to] = [nsOf(span.from), nsOf(span.to)];
      return Promise.all([
        queryRange({ query, start: behind, end: to > behind ? to : shiftNs(behind, 1n), limit: half, direction: "forward", stepMs: 0 }, signal),
        queryRange({ query, start: from < at ? from : at, end: behind, limit: half, direction: "backward", stepMs: 0 }, signal),
      ]);
    }
    const stepMs = asksForLines(query) ? 0 : stepFor(span, POINTS_MAX);
    return [await queryRange({ query, start: nsOf(span.from), end: nsOf(span.to), limit, direction: "backward", stepMs }, signal)];
  }

  private async loadHistogram(view: View, span: Span, signal: AbortSignal): Promise<void> {
    const bars = barsOf(span);
    const { from, to } = bars.span;
    const query = histogramQuery(view.query, bars.stepMs);
    // One nanosecond beyond the last point: the end is not included.
    const question = { query, start: nsOf(from + bars.stepMs), end: shiftNs(nsOf(to), 1n), limit: 1_000, direction: "backward" } as const;
    try {
      const { result } = await queryRange({ ...question, stepMs: bars.stepMs }, signal);
      if (result.kind === "series") this.patch({ histogram: fill(bars, result.series), histogramPhase: "done" });
    } catch {
      if (!signal.aborted) this.patch({ histogram: null, histogramPhase: "failed" });
    }
  }

  /** Loads lines before the oldest one. */
  async loadOlder(): Promise<void> {
    const { entries, view, span, older } = this.state;
    const oldest = entries.at(-1);
    if (!view || !oldest || (older !== "more" && older !== "failed")) return;
    const { signal } = this.running;
    this.patch({ older: "loading" });
    // Lines of the oldest nanosecond may have been cut off by the limit, so it is asked for again.
    const end = shiftNs(oldest.ns, 1n);
    const question = { query: view.query, start: nsOf(span.from), end, limit: view.limit, direction: "backward", stepMs: 0 } as const;
    await this.extend(question, "older", signal);
  }

  /** Loads lines after the newest one. */
  async loadNewer(): Promise<void> {
    const { entries, view, newer } = this.state;
    const newest = entries[0];
    if (!view || !newest || (newer !== "more" && newer !== "failed")) return;
    const { signal } = this.running;
    this.patch({ newer: "loading" });
    const end = nsOf(Math.max(resolve(view.range, Date.now()).to, newest.ms + 1));
    const question = { query: view.query, start: newest.ns, end, limit: view.limit, direction: "forward", stepMs: 0 } as const;
    await this.extend(question, "newer", signal);
  }

  private async extend(question: Parameters<typeof queryRange>[0], side: "older" | "newer", signal: AbortSignal): Promise<void> {
    try {
      const { result } = await queryRange(question, signal);
      if (signal.aborted || result.kind !== "lines") return;
      const loaded = newestFirst(result.streams);
      const more = unknownAmong(loaded, this.state.entries);
      const entries = side === "older" ? [...this.state.entries, ...more] : [...more, ...this.state.entries];
      // More lines in one nanosecond than the limit: there is no way past them but a higher limit.
      const stuck = more.length === 0;
      const next: Side = loaded.length < question.limit || stuck ? "end" : entries.length >= HELD_MAX ? "full" : "more";
      this.patch({ entries, [side]: next });
    } catch {
      if (!signal.aborted) this.patch({ [side]: "failed" });
    }
  }

  private startTail(view: View, signal: AbortSignal): void {
    const newest = this.state.entries[0];
    const first = newest?.ns ?? nsOf(this.state.span.from);
    this.tail = new LiveTail(view.query, first, {
      shown: () => this.state.entries,
      show: (live) => !signal.aborted && this.patch({ live }),
      add: (lines) => {
        if (signal.aborted) return;
        const more = unknownAmong(lines, this.state.entries);
        if (more.length === 0) return;
        const entries = [...more, ...this.state.entries].sort((a, b) => b.ms - a.ms || (a.ns < b.ns ? 1 : a.ns > b.ns ? -1 : 0));
        const older = entries.length > LIVE_MAX ? "full" : this.state.older;
        this.patch({ entries: entries.slice(0, LIVE_MAX), older });
        this.countLive(more);
      },
    });
  }

  /** The bars move on with the time: asked again when lines come that are beyond them. */
  private countLive(lines: readonly Entry[]): void {
    const { histogram, view } = this.state;
    if (!histogram || !view || this.state.histogramPhase !== "done") return;
    if (lines.some(({ ms }) => ms >= histogram.span.to)) {
      const span = resolve(view.range, Date.now());
      this.patch({ span, histogramPhase: "loading" });
      void this.loadHistogram(view, span, this.running.signal);
    } else {
      this.patch({ histogram: withLines(histogram, lines) });
    }
  }

  /** Holds live lines back, or shows what was held back. */
  pause(paused: boolean): void {
    this.tail?.pause(paused);
  }
}

function sorted(answers: readonly RangeAnswer[], view: View): Partial<Found> {
  const only = answers[0]?.result;
  if (only?.kind === "series") return { series: only.series, entries: [], older: "end", newer: "end", histogram: null, histogramPhase: "none" };
  const lists = answers.map(({ result }) => (result.kind === "lines" ? newestFirst(result.streams) : []));
  const full = (list: readonly Entry[] | undefined, limit: number): Side => ((list?.length ?? 0) >= limit ? "more" : "end");
  if (answers.length === 2) {
    const half = Math.max(1, Math.floor(view.limit / 2));
    // Towards now there is always more to come.
    const newer = endsNow(view.range) ? "more" : full(lists[0], half);
    return { entries: lists.flat(), series: null, newer, older: full(lists[1], half) };
  }
  return { entries: lists[0] ?? [], series: null, newer: "end", older: full(lists[0], view.limit) };
}

function asFailure(error: unknown): Failure {
  return error instanceof Failure ? error : new Failure(0, `this page failed: ${String(error)}`);
}
