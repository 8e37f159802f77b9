// Queries that were run in this browser, newest first.
import { recall, remember } from "../shell/memory.ts";

/** Queries that are kept. */
const KEPT = 50;

/** The queries. */
export function pastQueries(): readonly string[] {
  return recall<unknown[]>("queries", []).filter((query): query is string => typeof query === "string");
}

/** Puts a query on top. */
export function keepQuery(query: string): void {
  const trimmed = query.trim();
  if (trimmed === "") return;
  remember("queries", withNewest(pastQueries(), trimmed));
}

/** The list with this query on top, once. */
export function withNewest(queries: readonly string[], query: string): string[] {
  return [query, ...queries.filter((one) => one !== query)].slice(0, KEPT);
}
