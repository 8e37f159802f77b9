// Queries of metrics, over Prometheus's API.
import type { Span } from "../time/range.ts";
import { address, ask } from "./fetch.ts";
import type { Labels, SeriesAnswer } from "./loki.ts";

/** A native histogram, as far as the pages tell it. */
export interface Histogram {
  readonly count: string;
  readonly sum: string;
}

/** A series with its samples: numbers as text, or histograms. */
export interface PromSeries {
  readonly metric: Labels;
  readonly value?: readonly [seconds: number, value: string];
  readonly values?: SeriesAnswer["values"];
  readonly histogram?: readonly [seconds: number, histogram: Histogram];
  readonly histograms?: readonly (readonly [seconds: number, histogram: Histogram])[];
}

/** What a query answers. */
export interface PromAnswer {
  readonly series: readonly PromSeries[];
  /** A number or a text, when the answer is one. */
  readonly scalar: string | null;
  /** What the server wants to be known about the answer. */
  readonly notes: readonly string[];
}

interface Wire {
  data: { resultType: "vector" | "matrix"; result: PromSeries[] } | { resultType: "scalar" | "string"; result: [number, string] };
  warnings?: string[];
  infos?: string[];
}

/** The answer at one time, in milliseconds. */
export async function queryAt(query: string, ms: number, signal: AbortSignal): Promise<PromAnswer> {
  return read(await ask<Wire>(address("/api/v1/query", { query, time: String(ms / 1_000) }), { signal }));
}

/** The answer over time. */
export async function queryOver(query: string, { from, to }: Span, stepMs: number, signal: AbortSignal): Promise<PromAnswer> {
  const [start, end, step] = [from, to, stepMs].map((ms) => String(ms / 1_000)) as [string, string, string];
  return read(await ask<Wire>(address("/api/v1/query_range", { query, start, end, step }), { signal }));
}

function read({ data, warnings, infos }: Wire): PromAnswer {
  const notes = [...(warnings ?? []), ...(infos ?? [])];
  if (data.resultType === "scalar" || data.resultType === "string") return { series: [], scalar: data.result[1], notes };
  return { series: data.result as PromSeries[], scalar: null, notes };
}

function during({ from, to }: Span, match: readonly string[]): URLSearchParams {
  return new URLSearchParams([["start", String(from / 1_000)], ["end", String(to / 1_000)], ...match.map((one) => ["match[]", one])]);
}

/** Names of the labels of series that one of the selectors takes; of all when there is none. */
export async function metricLabels(span: Span, match: readonly string[], signal: AbortSignal): Promise<string[]> {
  const url = address("/api/v1/labels");
  url.search = during(span, match).toString();
  return (await ask<{ data?: string[] }>(url, { signal })).data ?? [];
}

/** Values of a label; of `__name__` they are the metrics. */
export async function metricLabelValues(name: string, span: Span, match: readonly string[], signal: AbortSignal): Promise<string[]> {
  const url = address(`/api/v1/label/${encodeURIComponent(name)}/values`);
  url.search = during(span, match).toString();
  return (await ask<{ data?: string[] }>(url, { signal })).data ?? [];
}
