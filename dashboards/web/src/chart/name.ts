// A series in one line of text.
import type { Labels } from "../api/loki.ts";
import { quote } from "../logql/tokens.ts";

/** `up{job="x"}`, as a query would ask for it. */
export function seriesName(metric: Labels): string {
  const labels = Object.keys(metric).filter((name) => name !== "__name__").map((name) => `${name}=${quote(metric[name] ?? "")}`);
  const name = metric["__name__"] ?? "";
  return labels.length === 0 && name !== "" ? name : `${name}{${labels.join(", ")}}`;
}
