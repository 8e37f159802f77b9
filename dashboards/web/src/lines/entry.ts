// Log lines as the page holds them, and how the streams of an answer become one list.
import type { Labels, StreamAnswer } from "../api/loki.ts";
import { compareNs } from "../time/nanos.ts";
import { type Level, levelOf } from "./level.ts";

/** One line. */
export interface Entry {
  /** Unlike that of every other line of the page. */
  readonly id: number;
  /** Nanoseconds since the epoch, in digits. */
  readonly ns: string;
  /** The same in whole milliseconds. */
  readonly ms: number;
  readonly line: string;
  /** Labels of the stream, shared by its lines. */
  readonly labels: Labels;
  readonly metadata: Labels;
  readonly parsed: Labels;
  readonly level: Level;
}

const NONE: Labels = Object.freeze({});

let lastId = 0;

/** The lines of all streams, newest first. Lines of one nanosecond stay in the order of the answer. */
export function newestFirst(streams: readonly StreamAnswer[]): Entry[] {
  const entries: Entry[] = [];
  for (const { stream, values } of streams) {
    const streamLevel = stream["detected_level"] ?? stream["level"];
    for (const [ns, line, extra] of values) {
      const metadata = extra?.structuredMetadata ?? NONE;
      const parsed = extra?.parsed ?? NONE;
      const level = levelOf(metadata["detected_level"] ?? streamLevel ?? parsed["level"]);
      const ms = Number(ns.slice(0, -6)) || 0;
      entries.push({ id: (lastId += 1), ns, ms, line, labels: stream, metadata, parsed, level });
    }
  }
  return entries.sort((a, b) => compareNs(b.ns, a.ns));
}

/**
 * Those of `more` that `known` does not hold: pages of an answer are asked for so that they overlap in the nanosecond
 * where they meet. A line that was written twice in one nanosecond counts twice.
 */
export function unknownAmong(more: readonly Entry[], known: readonly Entry[]): Entry[] {
  const seen = new Map<string, number>();
  const times = new Set(more.map(({ ns }) => ns));
  for (const entry of known) {
    if (times.has(entry.ns)) seen.set(identity(entry), (seen.get(identity(entry)) ?? 0) + 1);
  }
  return more.filter((entry) => {
    const left = seen.get(identity(entry)) ?? 0;
    if (left > 0) seen.set(identity(entry), left - 1);
    return left === 0;
  });
}

function identity({ ns, line, labels, metadata, parsed }: Entry): string {
  // A tailed line brings its metadata among the labels, a searched one beside them.
  const all = Object.entries({ ...parsed, ...metadata, ...labels });
  return `${ns}\n${all.sort(([a], [b]) => (a < b ? -1 : 1)).join("\n")}\n${line}`;
}

/** The label that tells the lines of this list apart best; null when all are of one stream. */
export function tellingLabel(entries: readonly Entry[]): string | null {
  const values = new Map<string, Set<string>>();
  for (const labels of new Set(entries.map((entry) => entry.labels))) {
    for (const [name, value] of Object.entries(labels)) values.set(name, (values.get(name) ?? new Set()).add(value));
  }
  const varies = (name: string): boolean => (values.get(name)?.size ?? 0) > 1;
  const usual = ["service_name", "app", "container", "job", "unit", "pod", "host", "instance", "filename"];
  const rest = [...values.keys()].filter((name) => !["detected_level", "level", "stream"].includes(name)).sort();
  return usual.find(varies) ?? rest.find(varies) ?? null;
}
