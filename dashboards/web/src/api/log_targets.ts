// Files that are tailed, from Belfry's own API.
import { address, askIfThere } from "./fetch.ts";
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
  const answer = await askIfThere<Wire>(address("/api/belfry/v1/log_targets"), { signal });
  if (!answer) return null;
  const { problems, targets } = answer.data;
  const names = [...new Set([...problems, ...targets].map(({ job }) => job))];
  return names.map((name) => ({
    name,
    problems: problems.filter(({ job }) => job === name).map(({ problem }) => problem),
    files: targets.filter(({ job }) => job === name),
  }));
}
