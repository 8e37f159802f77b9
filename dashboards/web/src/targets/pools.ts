// Targets by the job that found them.
import type { Target } from "../api/prometheus.ts";

/** The targets of one job. */
export interface Pool {
  readonly name: string;
  /** Those that are down first. */
  readonly targets: readonly Target[];
  readonly up: number;
}

const ORDER: Readonly<Record<Target["health"], number>> = { down: 0, unknown: 1, up: 2 };

/** The jobs by name, those with a target that is down first. */
export function byPool(targets: readonly Target[]): Pool[] {
  const pools = new Map<string, Target[]>();
  for (const target of targets) {
    const pool = pools.get(target.scrapePool) ?? [];
    pool.push(target);
    pools.set(target.scrapePool, pool);
  }
  const list = [...pools].map(([name, members]) => ({
    name,
    targets: members.sort((a, b) => ORDER[a.health] - ORDER[b.health] || (a.scrapeUrl < b.scrapeUrl ? -1 : 1)),
    up: members.filter(({ health }) => health === "up").length,
  }));
  const isDown = (pool: Pool): number => (pool.targets[0]?.health === "down" ? 0 : 1);
  return list.sort((a, b) => isDown(a) - isDown(b) || (a.name < b.name ? -1 : 1));
}

/** Milliseconds since a time in RFC 3339; null for a time that never was. */
export function ago(text: string, now: number): number | null {
  const at = Date.parse(text);
  return Number.isNaN(at) || at <= 0 ? null : Math.max(0, now - at);
}
