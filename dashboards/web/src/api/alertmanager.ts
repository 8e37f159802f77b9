// Alerts on their way to people, and silences, over Alertmanager's API.
import { address, askIfThere, change } from "./fetch.ts";
import type { Labels } from "./loki.ts";
import { type AlertGroup, withMutes } from "./mutes.ts";

/** An alert that was handed over for notification. */
export interface RoutedAlert {
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAt: string;
  readonly generatorURL: string;
  readonly receivers: readonly { readonly name: string }[];
  readonly status: {
    readonly state: "active" | "suppressed" | "unprocessed";
    /** Ids of silences, fingerprints of alerts, names of time intervals. */
    readonly silencedBy: readonly string[];
    readonly inhibitedBy: readonly string[];
    readonly mutedBy?: readonly string[];
  };
}

/** A condition on a label. */
export interface SilenceMatcher {
  readonly name: string;
  readonly value: string;
  readonly isRegex: boolean;
  /** Left out by old clients; they mean true. */
  readonly isEqual?: boolean;
}

/** A silence. */
export interface Silence {
  readonly id: string;
  readonly status: { readonly state: "active" | "pending" | "expired" };
  readonly updatedAt: string;
  readonly comment: string;
  readonly createdBy: string;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly matchers: readonly SilenceMatcher[];
}

/** A silence to be: with an id it takes the place of that one. */
export type NewSilence = Omit<Silence, "id" | "status" | "updatedAt"> & { readonly id?: string };

/** Alerts; null when this Belfry has no such API. */
export async function routedAlerts(signal: AbortSignal): Promise<readonly RoutedAlert[] | null> {
  const ask = <T>(path: string): Promise<T | null> => askIfThere<T>(address(path), { signal });
  const [alerts, groups] = await Promise.all([ask<RoutedAlert[]>("/api/v2/alerts"), ask<AlertGroup[]>("/api/v2/alerts/groups")]);
  return alerts && withMutes(alerts, groups ?? []);
}

/** Silences; null when this Belfry has no such API. */
export async function silences(signal: AbortSignal): Promise<readonly Silence[] | null> {
  return askIfThere<Silence[]>(address("/api/v2/silences"), { signal });
}

/** Makes or replaces a silence. */
export async function putSilence(silence: NewSilence): Promise<void> {
  await change(address("/api/v2/silences"), silence);
}

/** Ends a silence. */
export async function expireSilence(id: string): Promise<void> {
  await change(address(`/api/v2/silence/${encodeURIComponent(id)}`));
}
