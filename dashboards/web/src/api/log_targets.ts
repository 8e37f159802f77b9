// Files that are tailed, from Belfry's own API.
import { Failure, address, ask } from "./fetch.ts";
import type { Labels } from "./loki.ts";

/** A path that is tailed, with all files that were ever under it. */
export interface LogFile {
  readonly path: string;
  /** Of its lines, before any stage. */
  readonly labels: Labels;
  readonly state: "following" | "gone" | "failing";
  /** Empty when all is well. */
  readonly lastError: string;
  /** Bytes of the newest file that were read, bytes that it has, and bytes of all its files that wait to be read. */
  readonly position: number;
  readonly size: number;
  readonly lag: number;
  /** Since the start of the daemon. */
  readonly lines: number;
  /** RFC 3339; empty before the first line. */
  readonly lastRead: string;
}

/** Files that are tailed for one reason. */
export interface LogJob {
  readonly name: string;
  /** What cannot be read, one sentence each. */
  readonly problems: readonly string[];
  readonly files: readonly LogFile[];
}

interface Wire {
  data: { targets: (LogFile & { job: string })[]; problems: { job: string; problem: string }[] };
}

/** Files that are tailed, job by job; null when this Belfry does not tell. */
export async function logTargets(signal: AbortSignal): Promise<readonly LogJob[] | null> {
  try {
    const { data } = await ask<Wire>(address("/api/belfry/v1/log_targets"), { signal });
    const names = [...new Set([...data.problems, ...data.targets].map(({ job }) => job))];
    return names.map((name) => ({
      name,
      problems: data.problems.filter(({ job }) => job === name).map(({ problem }) => problem),
      files: data.targets.filter(({ job }) => job === name),
    }));
  } catch (error) {
    if (error instanceof Failure && error.status === 404) return null;
    throw error;
  }
}
