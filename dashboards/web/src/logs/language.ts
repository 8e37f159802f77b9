// LogQL, as the query input needs it.
import { labelNames, labelValues } from "../api/loki.ts";
import { beside, stages, wantedAt } from "../logql/complete.ts";
import { tokenize } from "../logql/tokens.ts";
import type { Language } from "../query/language.ts";

/** LogQL. */
export const LOGQL: Language = {
  name: "LogQL",
  example: '{service_name="api"} |= "timeout"',
  tokenize,
  wantedAt,
  known: ({ kind, typed }) => (kind === "stage" ? stages(typed) : null),
  ask: (wanted, text, span, signal) =>
    wanted.kind === "value" ? labelValues(wanted.label, span, beside(text, wanted.label), signal) : labelNames(span, signal),
};
