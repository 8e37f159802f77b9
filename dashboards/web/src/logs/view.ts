// What the page of logs shows, as it stands in its link: a link restores the view.
import { DEFAULT, type Range, between, formatBound, parseBound } from "../time/range.ts";

/** A view. */
export interface View {
  /** LogQL; empty before anything was asked. */
  readonly query: string;
  readonly range: Range;
  /** Lines that are loaded at once. */
  readonly limit: number;
  /** The nanosecond of a line that the view is about: the lines around it are loaded. Empty for none. */
  readonly at: string;
  readonly live: boolean;
}

/** Choices of the limit. */
export const LIMITS: readonly number[] = [100, 500, 1_000, 5_000];

const LIMIT = 1_000;

/** The view that a link holds. What it leaves out or holds wrongly is as at the first visit. */
export function readView(search: string): View {
  const given = new URLSearchParams(search);
  const bound = (name: string, fallback: Range["from"]): Range["from"] => parseBound(given.get(name) ?? "", "utc") ?? fallback;
  const limit = Number(given.get("limit") ?? LIMIT);
  return {
    query: given.get("query") ?? "",
    range: { from: bound("from", DEFAULT.from), to: bound("to", DEFAULT.to) },
    limit: Number.isInteger(limit) && limit > 0 && limit <= 5_000 ? limit : LIMIT,
    at: /^\d{19}$/.test(given.get("at") ?? "") ? (given.get("at") ?? "") : "",
    live: given.get("live") === "1",
  };
}

/** The view as the parameters of its link. */
export function writeView({ query, range, limit, at, live }: View): string {
  const written = new URLSearchParams();
  if (query !== "") written.set("query", query);
  written.set("from", formatBound(range.from));
  written.set("to", formatBound(range.to));
  if (limit !== LIMIT) written.set("limit", String(limit));
  if (at !== "") written.set("at", at);
  if (live) written.set("live", "1");
  return written.toString();
}

/** Before and after a line, in milliseconds, that a link to it spans. */
const AROUND = 1_800_000;

/** A link to the lines around this one. */
export function lineLink(view: View, { ns, ms }: { readonly ns: string; readonly ms: number }): string {
  return writeView({ ...view, range: between({ from: ms - AROUND, to: ms + AROUND }), at: ns, live: false });
}
