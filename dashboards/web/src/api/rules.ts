// Rules with all that is known about them, from Belfry's own API.
import { address, askIfThere } from "./fetch.ts";
import type { Labels } from "./loki.ts";

/** Rules that are evaluated together, in their order. */
export interface RuleGroup {
  readonly name: string;
  /** Where it is written; `embedded` for those that Belfry brings. */
  readonly file: string;
  readonly interval_seconds: number;
  readonly language: "promql" | "logql";
  readonly rules: readonly Rule[];
}

/** A rule. */
export interface Rule {
  readonly name: string;
  readonly kind: "alerting" | "recording";
  readonly query: string;
  readonly health: "ok" | "err" | "unknown";
  readonly last_error: string;
  /** RFC 3339; empty before the first. */
  readonly last_evaluation: string;
  readonly evaluation_seconds: number;
  readonly labels: Labels;
  /** Whether some selector of it matches nothing and it does not fire. */
  readonly blind: boolean;
  readonly selectors: readonly Selector[];
  /** Means something for alerting rules only, as everything below. */
  readonly state?: "firing" | "pending" | "inactive";
  readonly for_seconds?: number;
  readonly keep_firing_for_seconds?: number;
  readonly annotations?: Labels;
  readonly alerts?: readonly RuleAlert[];
}

/** A selector of a rule's query. */
export interface Selector {
  readonly selector: string;
  readonly series: number;
  /** The part of it that does not exist; null when it matches something. */
  readonly missing: { readonly part: "metric" | "label" | "value"; readonly name: string; readonly value: string; readonly text: string } | null;
}

/** An alert of a rule. */
export interface RuleAlert {
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly state: "firing" | "pending";
  /** A text for what JSON has no number for: `NaN`, `+Inf`, `-Inf`. */
  readonly value: number | string;
  /** RFC 3339. */
  readonly active_at: string;
}

/** All groups; null when this Belfry does not tell. */
export async function ruleGroups(signal: AbortSignal): Promise<readonly RuleGroup[] | null> {
  const answer = await askIfThere<{ groups: RuleGroup[] }>(address("/api/belfry/v1/rules"), { signal });
  return answer?.groups ?? null;
}
