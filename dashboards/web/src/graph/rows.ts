// The answer of a query as rows of a table and as lines of a graph.
import type { Histogram, PromAnswer, PromSeries } from "../api/promql.ts";
import type { SeriesAnswer } from "../api/loki.ts";
import { seriesName } from "../chart/name.ts";
import { type Zone, formatTime } from "../time/zone.ts";

/** A row. */
export interface Row {
  readonly name: string;
  /** One value; of a range of samples several, oldest first. */
  readonly values: readonly string[];
}

/** The rows in the order of the answer. */
export function rowsOf({ series, scalar }: PromAnswer, zone: Zone): Row[] {
  if (scalar !== null) return [{ name: "", values: [scalar] }];
  return series.map((one) => ({ name: seriesName(one.metric), values: valuesOf(one, zone) }));
}

function valuesOf({ value, values, histogram, histograms }: PromSeries, zone: Zone): string[] {
  if (value) return [value[1]];
  if (histogram) return [told(histogram[1])];
  const points = [...(values ?? []), ...(histograms ?? []).map(([seconds, one]) => [seconds, told(one)] as const)];
  return points.sort(([a], [b]) => a - b).map(([seconds, text]) => `${text} @ ${formatTime(seconds * 1_000, zone)}`);
}

function told({ count, sum }: Histogram): string {
  return `histogram of ${count} with the sum ${sum}`;
}

/** Series that can be drawn, and how many cannot: native histograms. */
export function linesOf({ series }: PromAnswer): { readonly lines: readonly SeriesAnswer[]; readonly histograms: number } {
  const lines = series.flatMap(({ metric, values }) => (values?.length ? [{ metric, values }] : []));
  return { lines, histograms: series.length - lines.length };
}
