// Where an alert leads: its query, and the lines of the pod that it is about.
import type { Labels } from "../api/loki.ts";
import type { Rule, RuleGroup } from "../api/rules.ts";
import { writeView as writeGraph } from "../graph/view.ts";
import { quote } from "../logql/tokens.ts";
import { readView, writeView } from "../logs/view.ts";
import type { Page } from "../shell/location.ts";
import { DEFAULT, between } from "../time/range.ts";

/** A page with its parameters. */
export interface Link {
  readonly page: Page;
  readonly search: string;
}

/** Before and after the begin of an alert, in milliseconds, that its lines are shown for. */
const AROUND = 900_000;

/** The query of a rule, where it can be played with. */
export function queryLink({ query }: Rule, { language }: Pick<RuleGroup, "language">, now: number): Link {
  if (language === "logql") return { page: "logs", search: writeView({ ...readView(""), query }) };
  return { page: "graph", search: writeGraph({ expr: query, tab: "table", range: DEFAULT }, now) };
}

/** Lines of the same namespace and pod around the begin; null when the alert is about neither. */
export function logsLink(labels: Labels, since: number, now: number): Link | null {
  const known = ["namespace", "pod"].filter((name) => labels[name]);
  if (known.length === 0 || Number.isNaN(since)) return null;
  const query = `{${known.map((name) => `${name}=${quote(labels[name] ?? "")}`).join(",")}}`;
  const range = between({ from: since - AROUND, to: Math.min(now, since + AROUND) });
  return { page: "logs", search: writeView({ ...readView(""), query, range }) };
}
