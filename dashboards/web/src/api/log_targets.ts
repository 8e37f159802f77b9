// Files that are tailed, from Belfry's own API.
import { Failure, address, ask } from "./fetch.ts";
import type { Labels } from "./loki.ts";

/** A file that is tailed. */
export interface LogTarget {
  readonly job: string;
  readonly path: string;
  readonly labels: Labels;
  /** Bytes that were read, and bytes that the file has. */
  readonly position: number;
  readonly size: number;
  /** RFC 3339; empty before the first line. */
  readonly lastRead: string;
  /** Empty when all is well. */
  readonly lastError: string;
}

/** Files that are tailed; null when this Belfry does not tell. */
export async function logTargets(signal: AbortSignal): Promise<readonly LogTarget[] | null> {
  try {
    return (await ask<{ data: { targets: LogTarget[] } }>(address("/api/belfry/v1/log_targets"), { signal })).data.targets;
  } catch (error) {
    if (error instanceof Failure && error.status === 404) return null;
    throw error;
  }
}
