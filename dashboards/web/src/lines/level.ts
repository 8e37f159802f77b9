// The level of a line, as Belfry and Loki detect it at ingest.

/** Levels from worst to least; the order of the histogram's stacks. */
export const LEVELS = ["critical", "error", "warn", "info", "debug", "trace", "unknown"] as const;

/** One of them. */
export type Level = (typeof LEVELS)[number];

const NAMES: Readonly<Record<string, Level>> = {
  fatal: "critical",
  critical: "critical",
  crit: "critical",
  emerg: "critical",
  alert: "critical",
  panic: "critical",
  error: "error",
  err: "error",
  eror: "error",
  warn: "warn",
  warning: "warn",
  info: "info",
  information: "info",
  notice: "info",
  debug: "debug",
  dbug: "debug",
  trace: "trace",
};

/** The level that a label value names. */
export function levelOf(name: string | undefined): Level {
  return NAMES[(name ?? "").toLowerCase()] ?? "unknown";
}
