// Who was told what, from Belfry's own API.
import { address, askIfThere } from "./fetch.ts";
import type { Labels } from "./loki.ts";

/** A receiver with its ways out. */
export interface Receiver {
  readonly name: string;
  readonly integrations: readonly Integration[];
}

/** One way out, such as the second Slack channel. */
export interface Integration {
  readonly kind: string;
  readonly index: number;
  readonly sent: number;
  readonly failed: number;
  /** RFC 3339; empty for never. */
  readonly last_success: string;
  readonly last_failure: string;
  /** Empty when all is well. */
  readonly last_error: string;
}

/** A notification. */
export interface Notification {
  readonly at: string;
  readonly receiver: string;
  /** `slack[0]`. */
  readonly integration: string;
  readonly group_key: string;
  readonly group_labels: Labels;
  readonly status: "firing" | "resolved";
  /** Fingerprints. */
  readonly alerts: readonly string[];
  readonly outcome: "sent" | "retrying" | "failed";
  readonly attempts: number;
  readonly error: string;
}

/** All that is known. */
export interface Told {
  readonly receivers: readonly Receiver[];
  /** Newest first. */
  readonly notifications: readonly Notification[];
}

/** Receivers and notifications; null when this Belfry does not tell. */
export async function notifications(signal: AbortSignal): Promise<Told | null> {
  return askIfThere<Told>(address("/api/belfry/v1/notifications"), { signal });
}
