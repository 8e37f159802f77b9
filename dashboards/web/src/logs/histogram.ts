// Lines per level and step, from the answer of the histogram's query.
import type { SeriesAnswer } from "../api/loki.ts";
import { LEVELS, type Level, levelOf } from "../lines/level.ts";
import type { Span } from "../time/range.ts";
import { aligned, stepFor } from "../time/step.ts";

/** The bars. */
export interface Histogram {
  /** Begin of the first bar and end of the last one, in milliseconds. */
  readonly span: Span;
  readonly stepMs: number;
  /** Lines per bar for the levels that occur, worst first. */
  readonly levels: readonly { readonly level: Level; readonly counts: readonly number[]; readonly total: number }[];
  /** Lines per bar of all levels. */
  readonly totals: readonly number[];
  readonly total: number;
}

/** Bars of a histogram at most. */
const BARS_MAX = 120;

/** Where the bars of a span stand. */
export function barsOf(span: Span): { readonly span: Span; readonly stepMs: number } {
  const stepMs = stepFor(span, BARS_MAX);
  return { span: aligned(span, stepMs), stepMs };
}

/** The bars, filled. A point at `t` counts what was written in the step before it, `(t - step, t]`. */
export function fill({ span, stepMs }: { span: Span; stepMs: number }, series: readonly SeriesAnswer[]): Histogram {
  const bars = Math.round((span.to - span.from) / stepMs);
  const counts = new Map<Level, number[]>();
  for (const { metric, values } of series) {
    const level = levelOf(metric["detected_level"] ?? metric["level"]);
    const row = counts.get(level) ?? new Array<number>(bars).fill(0);
    counts.set(level, row);
    for (const [seconds, value] of values) {
      const bar = Math.round((seconds * 1_000 - span.from) / stepMs) - 1;
      if (bar >= 0 && bar < bars) row[bar] = (row[bar] ?? 0) + Number(value);
    }
  }
  const levels = LEVELS.flatMap((level) => {
    const row = counts.get(level);
    return row ? [{ level, counts: row, total: row.reduce((sum, one) => sum + one, 0) }] : [];
  });
  const totals = Array.from({ length: bars }, (_, bar) => levels.reduce((sum, one) => sum + (one.counts[bar] ?? 0), 0));
  return { span, stepMs, levels, totals, total: totals.reduce((sum, one) => sum + one, 0) };
}

/** The histogram with lines that arrived after it was asked for. Lines outside of it are left out. */
export function withLines(histogram: Histogram, lines: readonly { readonly ms: number; readonly level: Level }[]): Histogram {
  const points = lines.map(({ ms, level }): SeriesAnswer => {
    const bar = Math.floor((ms - histogram.span.from) / histogram.stepMs);
    const seconds = (histogram.span.from + (bar + 1) * histogram.stepMs) / 1_000;
    return { metric: { detected_level: level }, values: [[seconds, "1"]] };
  });
  const before = histogram.levels.map(({ level, counts }): SeriesAnswer => ({
    metric: { detected_level: level },
    values: counts.map((value, bar) => [(histogram.span.from + (bar + 1) * histogram.stepMs) / 1_000, String(value)] as const),
  }));
  return fill(histogram, [...before, ...points]);
}
