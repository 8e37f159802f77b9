// PromQL, as the query input needs it.
import { metricLabelValues, metricLabels } from "../api/promql.ts";
import { besideAt, functions, metricsIn, wantedAt } from "../promql/complete.ts";
import { tokenize } from "../promql/tokens.ts";
import type { Language } from "../query/language.ts";

/** PromQL. */
export const PROMQL: Language = {
  name: "PromQL",
  example: "rate(http_requests_total[5m])",
  tokenize,
  wantedAt,
  known: () => null,
  ask: async (wanted, text, span, signal) => {
    if (wanted.kind === "word") return [...(await metricLabelValues("__name__", span, [], signal)), ...functions(wanted.typed)];
    if (wanted.kind === "name") return labels(span, metricsIn(text), signal);
    const beside = besideAt(text, wanted.start, wanted.kind === "value" ? wanted.label : "");
    const match = beside === "" ? [] : [beside];
    return wanted.kind === "value" ? metricLabelValues(wanted.label, span, match, signal) : labels(span, match, signal);
  },
};

async function labels(...question: Parameters<typeof metricLabels>): Promise<string[]> {
  return (await metricLabels(...question)).filter((name) => !name.startsWith("__"));
}
