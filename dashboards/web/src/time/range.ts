// Time ranges as they stand in a link and in the picker: `now-1h` to `now`, or two times.
import { formatDuration, parseDuration } from "./duration.ts";
import { type Zone, formatClock, formatDay, formatTime, parseTime } from "./zone.ts";

/** One end of a range: so long before now, or a time; milliseconds both. */
export type Bound = { readonly kind: "ago"; readonly ms: number } | { readonly kind: "at"; readonly ms: number };

/** From (included) to (excluded). */
export interface Range {
  readonly from: Bound;
  readonly to: Bound;
}

/** A range whose ends are times in milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The choices of the picker. */
export const QUICK: readonly string[] = ["5m", "15m", "30m", "1h", "3h", "6h", "12h", "24h", "2d", "7d"];

/** The range before anybody chose one. */
export const DEFAULT: Range = lastOf(3_600_000);

/** The last so many milliseconds. */
export function lastOf(ms: number): Range {
  return { from: { kind: "ago", ms }, to: { kind: "ago", ms: 0 } };
}

/** The range between two times. */
export function between(span: Span): Range {
  return { from: { kind: "at", ms: Math.floor(span.from) }, to: { kind: "at", ms: Math.ceil(span.to) } };
}

/** Reads `now`, `now-1h30m`, `1h` (before now), milliseconds since the epoch, or a time; null when it is none. */
export function parseBound(text: string, zone: Zone): Bound | null {
  const trimmed = text.trim();
  if (trimmed === "now") return { kind: "ago", ms: 0 };
  const ago = parseDuration(trimmed.replace(/^now\s*-\s*/, ""));
  if (ago !== null) return { kind: "ago", ms: ago };
  if (/^\d{12,14}$/.test(trimmed)) return { kind: "at", ms: Number(trimmed) };
  const at = parseTime(trimmed, zone);
  return at === null ? null : { kind: "at", ms: at };
}

/** The end as it stands in a link: it reads the same in every zone. */
export function formatBound(bound: Bound): string {
  if (bound.kind === "at") return new Date(bound.ms).toISOString();
  return bound.ms === 0 ? "now" : `now-${formatDuration(bound.ms)}`;
}

/** The end as a person types it. */
export function typedBound(bound: Bound, zone: Zone): string {
  return bound.kind === "at" ? formatTime(bound.ms, zone) : formatBound(bound);
}

/** The range as times. One that ends before it begins is turned round; an empty one gets a second. */
export function resolve(range: Range, now: number): Span {
  const place = (bound: Bound): number => (bound.kind === "at" ? bound.ms : now - bound.ms);
  const [from, to] = [place(range.from), place(range.to)].sort((a, b) => a - b) as [number, number];
  return { from, to: to > from ? to : from + 1_000 };
}

/** Whether it ends now, so that live lines belong to it. */
export function endsNow(range: Range): boolean {
  return range.to.kind === "ago" && range.to.ms === 0;
}

/** `Last 1h`, or both ends with no day said twice. */
export function describe(range: Range, zone: Zone): string {
  const { from, to } = range;
  if (from.kind === "ago" && endsNow(range)) return `Last ${formatDuration(from.ms)}`;
  if (from.kind === "at" && to.kind === "at") {
    const sameDay = formatDay(from.ms, zone) === formatDay(to.ms, zone);
    return `${formatTime(from.ms, zone)} to ${sameDay ? formatClock(to.ms, zone) : formatTime(to.ms, zone)}`;
  }
  return `${typedBound(from, zone)} to ${typedBound(to, zone)}`;
}

/** The range moved by half its length; `back` is negative for earlier, positive for later. */
export function shifted(range: Range, direction: -1 | 1, now: number): Range {
  const { from, to } = resolve(range, now);
  const by = (direction * (to - from)) / 2;
  return to + by >= now && direction > 0 && endsNow(range) ? range : between({ from: from + by, to: to + by });
}

/** The range twice as long, its middle where it was, and not beyond now. */
export function widened(range: Range, now: number): Range {
  if (range.from.kind === "ago" && endsNow(range)) return lastOf(range.from.ms * 2);
  const { from, to } = resolve(range, now);
  const by = (to - from) / 2;
  return between({ from: from - by, to: Math.min(Math.max(now, to), to + by) });
}
