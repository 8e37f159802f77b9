// Nanoseconds since the epoch in digits, as Loki writes them: numbers of JavaScript cannot hold them.

/** Orders two of them. */
export function compareNs(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

/** The nanosecond so many later. */
export function shiftNs(ns: string, by: bigint): string {
  return (BigInt(ns) + by).toString();
}

/** Milliseconds as nanoseconds. */
export function nsOf(ms: number): string {
  return (BigInt(Math.round(ms)) * 1_000_000n).toString();
}

/** Whole milliseconds of them. */
export function msOf(ns: string): number {
  return Number(BigInt(ns) / 1_000_000n);
}
