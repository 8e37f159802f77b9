// Loki's API, as far as the pages ask it.
import { nsOf } from "../time/nanos.ts";
import type { Span } from "../time/range.ts";
import { address, ask } from "./fetch.ts";

/** Label names with their values. */
export type Labels = Readonly<Record<string, string>>;

/** A line: nanoseconds, text, and its fields by where they come from. */
export type Value = readonly [ns: string, line: string, extra?: { structuredMetadata?: Labels; parsed?: Labels }];

/** Lines of one stream. */
export interface StreamAnswer {
  readonly stream: Labels;
  readonly values: readonly Value[];
}

/** A series of a metric query: points of seconds and a number as text. */
export interface SeriesAnswer {
  readonly metric: Labels;
  readonly values: readonly (readonly [seconds: number, value: string])[];
}

/** What a range query answers. */
export interface RangeAnswer {
  readonly result: { readonly kind: "lines"; readonly streams: readonly StreamAnswer[] } | { readonly kind: "series"; readonly series: readonly SeriesAnswer[] };
  /** Bytes of lines that were read for it; 0 when not told. */
  readonly bytes: number;
  /** Lines that were read for it; 0 when not told. */
  readonly lines: number;
  readonly warnings: readonly string[];
}

/** A question for lines or series. Times in nanoseconds; the end is not included. */
export interface RangeQuestion {
  readonly query: string;
  readonly start: string;
  readonly end: string;
  readonly limit: number;
  readonly direction: "backward" | "forward";
  /** Between the points of a metric query; 0 leaves it to the server. */
  readonly stepMs: number;
}

interface Wire {
  data: {
    resultType: string;
    result: unknown[];
    stats?: { summary?: { totalBytesProcessed?: number; totalLinesProcessed?: number } };
  };
  warnings?: string[];
}

/** Lines or series of a range. */
export async function queryRange(question: RangeQuestion, signal: AbortSignal): Promise<RangeAnswer> {
  const url = address("/loki/api/v1/query_range", {
    query: question.query,
    start: question.start,
    end: question.end,
    limit: String(question.limit),
    direction: question.direction,
    step: question.stepMs > 0 ? String(question.stepMs / 1_000) : "",
  });
  // Tells labels, metadata and parsed fields apart.
  const headers = { "X-Loki-Response-Encoding-Flags": "categorize-labels" };
  const { data, warnings } = await ask<Wire>(url, { signal, headers });
  const summary = data.stats?.summary;
  return {
    result:
      data.resultType === "streams"
        ? { kind: "lines", streams: data.result as StreamAnswer[] }
        : { kind: "series", series: data.result as SeriesAnswer[] },
    bytes: summary?.totalBytesProcessed ?? 0,
    lines: summary?.totalLinesProcessed ?? 0,
    warnings: warnings ?? [],
  };
}

function during({ from, to }: Span): { start: string; end: string } {
  return { start: nsOf(from), end: nsOf(to) };
}

/** Names of the labels that streams have in the span. */
export async function labelNames(span: Span, signal: AbortSignal): Promise<string[]> {
  const { data } = await ask<{ data?: string[] }>(address("/loki/api/v1/labels", during(span)), { signal });
  return (data ?? []).filter((name) => !/^__/.test(name));
}

/** Values of a label in the span, of the streams that the selector takes; of all when it is empty. */
export async function labelValues(name: string, span: Span, selector: string, signal: AbortSignal): Promise<string[]> {
  const url = address(`/loki/api/v1/label/${encodeURIComponent(name)}/values`, { ...during(span), query: selector });
  const { data } = await ask<{ data?: string[] }>(url, { signal });
  return data ?? [];
}

/** Bytes of lines in the span by the values of one label, most first. */
export async function volumes(label: string, span: Span, signal: AbortSignal): Promise<{ value: string; bytes: number }[]> {
  const url = address("/loki/api/v1/index/volume", { query: `{${label}=~".+"}`, limit: "1000", ...during(span) });
  const { data } = await ask<{ data: { result: { metric: Labels; value: [number, string] }[] } }>(url, { signal });
  return data.result
    .map(({ metric, value }) => ({ value: metric[label] ?? "", bytes: Number(value[1]) }))
    .sort((a, b) => b.bytes - a.bytes);
}
