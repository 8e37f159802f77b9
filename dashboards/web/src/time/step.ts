// How wide the bars of a histogram and the steps of a graph are.
import type { Span } from "./range.ts";
import type { Zone } from "./zone.ts";

const STEPS: readonly number[] = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800,
].map((seconds) => seconds * 1_000);

/** The smallest usual step that divides the span into at most `most` parts; milliseconds, at least a second. */
export function stepFor(span: Span, most: number): number {
  const least = (span.to - span.from) / Math.max(1, most);
  return STEPS.find((step) => step >= least) ?? Math.ceil(least / 604_800_000) * 604_800_000;
}

/** The span grown to whole steps, counted from the epoch. */
export function aligned(span: Span, step: number): Span {
  return { from: Math.floor(span.from / step) * step, to: Math.ceil(span.to / step) * step };
}

/** The times of an axis that are worth a label: whole steps, at most `most` of them. */
export function ticks(span: Span, most: number, zone: Zone): { readonly at: readonly number[]; readonly step: number } {
  const step = stepFor(span, most);
  // Days begin where the reader's do, not in Greenwich.
  const shift = zone === "local" && step >= 3_600_000 ? new Date(span.from).getTimezoneOffset() * 60_000 : 0;
  const at: number[] = [];
  for (let tick = Math.ceil((span.from - shift) / step) * step + shift; tick < span.to; tick += step) at.push(tick);
  return { at, step };
}
