// Alerts that are active: what the rules say, with what became of it on the way to people.
import type { RoutedAlert, Silence } from "../api/alertmanager.ts";
import type { Labels } from "../api/loki.ts";
import type { Notification } from "../api/notifications.ts";
import type { Rule, RuleAlert, RuleGroup } from "../api/rules.ts";

/** Why nobody is told of an alert. */
export type Hush =
  | { readonly kind: "silenced"; readonly id: string; readonly silence: Silence | null }
  | { readonly kind: "inhibited" | "muted"; readonly by: string };

/** An alert. */
export interface ActiveAlert {
  readonly fingerprint: string;
  readonly name: string;
  readonly severity: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly state: "firing" | "pending";
  /** Milliseconds; NaN when nobody says. */
  readonly since: number;
  /** Null for one that no rule of ours raised. */
  readonly value: number | string | null;
  readonly rule: Rule | null;
  readonly group: RuleGroup | null;
  /** Where one from outside comes from. */
  readonly generator: string;
  readonly hushes: readonly Hush[];
  /** Newest first. */
  readonly notifications: readonly Notification[];
}

/** What is known; an answer that did not come is empty. */
export interface Known {
  readonly groups: readonly RuleGroup[];
  readonly routed: readonly RoutedAlert[];
  readonly silences: readonly Silence[];
  readonly notifications: readonly Notification[];
}

/** The alerts, those first that need somebody most. */
export function activeAlerts(known: Known): ActiveAlert[] {
  const taken = new Set<RoutedAlert>();
  const ruled = known.groups.flatMap((group) =>
    group.rules.flatMap((rule) =>
      (rule.alerts ?? []).map((alert) => {
        const routed = routeOf(alert, known.routed);
        if (routed) taken.add(routed);
        return ofRule(alert, rule, group, routed, known);
      }),
    ),
  );
  const foreign = known.routed.filter((alert) => !taken.has(alert)).map((alert) => fromOutside(alert, known));
  return [...ruled, ...foreign].sort(byNeed);
}

/** External labels may have been added on the way, which changes the fingerprint. */
function routeOf({ fingerprint, labels }: RuleAlert, routed: readonly RoutedAlert[]): RoutedAlert | undefined {
  const has = (one: RoutedAlert): boolean => Object.entries(labels).every(([name, value]) => one.labels[name] === value);
  return routed.find((one) => one.fingerprint === fingerprint) ?? routed.find(has);
}

function ofRule(alert: RuleAlert, rule: Rule, group: RuleGroup, routed: RoutedAlert | undefined, known: Known): ActiveAlert {
  const { fingerprint, labels, annotations, state, value } = alert;
  const told = { notifications: notificationsOf([fingerprint, routed?.fingerprint], known), hushes: hushesOf(routed, known) };
  return { ...named(labels, rule.name), fingerprint, labels, annotations, state, since: Date.parse(alert.active_at), value, rule, group, generator: "", ...told };
}

function fromOutside(alert: RoutedAlert, known: Known): ActiveAlert {
  const { fingerprint, labels, annotations, startsAt, generatorURL } = alert;
  const told = { notifications: notificationsOf([fingerprint], known), hushes: hushesOf(alert, known) };
  const generator = /^https?:/.test(generatorURL) ? generatorURL : "";
  return { ...named(labels, "an alert"), fingerprint, labels, annotations, state: "firing", since: Date.parse(startsAt), value: null, rule: null, group: null, generator, ...told };
}

function named(labels: Labels, fallback: string): { readonly name: string; readonly severity: string } {
  return { name: labels["alertname"] ?? fallback, severity: labels["severity"] ?? "" };
}

function notificationsOf(fingerprints: readonly (string | undefined)[], { notifications }: Known): Notification[] {
  return notifications.filter(({ alerts }) => alerts.some((one) => fingerprints.includes(one)));
}

function hushesOf(alert: RoutedAlert | undefined, { routed, silences }: Known): Hush[] {
  if (!alert) return [];
  const { silencedBy, inhibitedBy, mutedBy } = alert.status;
  const nameOf = (fingerprint: string): string => routed.find((one) => one.fingerprint === fingerprint)?.labels["alertname"] ?? "another alert";
  return [
    ...silencedBy.map((id) => ({ kind: "silenced" as const, id, silence: silences.find((one) => one.id === id) ?? null })),
    ...[...new Set(inhibitedBy.map(nameOf))].map((by) => ({ kind: "inhibited" as const, by })),
    ...(mutedBy ?? []).map((by) => ({ kind: "muted" as const, by })),
  ];
}

const SEVERITIES: readonly string[] = ["page", "critical", "error", "warning", "info"];

function byNeed(a: ActiveAlert, b: ActiveAlert): number {
  const rank = ({ state, hushes, severity }: ActiveAlert): number => {
    const place = SEVERITIES.indexOf(severity);
    return (state === "firing" ? 0 : 100) + (hushes.length > 0 ? 10 : 0) + (place < 0 ? SEVERITIES.length : place);
  };
  return rank(a) - rank(b) || (b.since || 0) - (a.since || 0) || (a.fingerprint < b.fingerprint ? -1 : 1);
}
