// Which alerts a time interval mutes.
import type { RoutedAlert } from "./alertmanager.ts";

/** Alerts that are told together. */
export interface AlertGroup {
  readonly alerts: readonly RoutedAlert[];
}

/** As in Alertmanager, groups are muted, not alerts: an alert is when all groups that it stands in are. */
export function withMutes(alerts: readonly RoutedAlert[], groups: readonly AlertGroup[]): RoutedAlert[] {
  const mutes = new Map<string, (readonly string[])[]>();
  for (const { fingerprint, status } of groups.flatMap((group) => group.alerts)) mutes.set(fingerprint, [...(mutes.get(fingerprint) ?? []), status.mutedBy ?? []]);
  return alerts.map((alert) => {
    const all = mutes.get(alert.fingerprint) ?? [];
    const isMuted = all.length > 0 && all.every((names) => names.length > 0);
    return isMuted ? { ...alert, status: { ...alert.status, mutedBy: [...new Set(all.flat())] } } : alert;
  });
}
