// What the page of graphs shows, as it stands in its link: the form that Prometheus's own page has, since links in
// notifications and in people's notes are written so. Of several panels the first is taken.
import { formatDuration, parseDuration } from "../time/duration.ts";
import { type Range, between, endsNow, lastOf, resolve } from "../time/range.ts";
import { formatTime, parseTime } from "../time/zone.ts";

/** A view. */
export interface View {
  /** PromQL; empty before anything was asked. */
  readonly expr: string;
  readonly tab: "graph" | "table";
  /** The table is of its end. */
  readonly range: Range;
}

const HOUR = 3_600_000;

/** The view that a link holds. What it leaves out or holds wrongly is as at the first visit. */
export function readView(search: string): View {
  const given = new URLSearchParams(search);
  const length = parseDuration(given.get("g0.range_input") ?? "") || HOUR;
  // Prometheus 3 writes `moment_input` for both, and names of tabs.
  const end = parseTime(given.get("g0.end_input") ?? given.get("g0.moment_input") ?? "", "utc");
  return {
    expr: given.get("g0.expr") ?? "",
    tab: /^(0|graph)$/.test(given.get("g0.tab") ?? "") ? "graph" : "table",
    range: end === null ? lastOf(length) : between({ from: end - length, to: end }),
  };
}

/** The view as the parameters of its link. */
export function writeView({ expr, tab, range }: View, now: number): string {
  const written = new URLSearchParams();
  if (expr !== "") written.set("g0.expr", expr);
  written.set("g0.tab", tab === "graph" ? "0" : "1");
  const { from, to } = resolve(range, now);
  // Times of the link are of whole seconds.
  const [start, end] = [Math.floor(from / 1_000) * 1_000, Math.ceil(to / 1_000) * 1_000];
  const isLast = range.from.kind === "ago" && endsNow(range);
  written.set("g0.range_input", formatDuration(isLast ? to - from : end - start));
  if (!isLast) written.set("g0.end_input", formatTime(end, "utc"));
  return written.toString();
}
