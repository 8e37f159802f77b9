// What runs and how it is, from Belfry's own API.
import { address, ask } from "./fetch.ts";

/** The daemon. */
export interface Status {
  readonly version: string;
  /** RFC 3339. */
  readonly startTime: string;
  readonly reloadSucceeded: boolean;
  /** How long metrics are kept, such as `90d`. */
  readonly retention: string;
  /** Series in memory. */
  readonly series: number;
  /** The demonstration blog; null when none is configured. */
  readonly blog: { readonly address: string; readonly running: boolean; readonly failure: string } | null;
}

/** How the daemon is. */
export async function status(signal: AbortSignal): Promise<Status> {
  return (await ask<{ data: Status }>(address("/api/belfry/v1/status"), { signal })).data;
}
