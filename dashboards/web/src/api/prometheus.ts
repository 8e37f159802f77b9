// What is scraped, from Prometheus's API.
import { address, ask } from "./fetch.ts";
import type { Labels } from "./loki.ts";

/** A target that is scraped. */
export interface Target {
  readonly discoveredLabels: Labels;
  readonly labels: Labels;
  readonly scrapePool: string;
  readonly scrapeUrl: string;
  readonly globalUrl: string;
  readonly lastError: string;
  /** RFC 3339; the year 1 before the first scrape. */
  readonly lastScrape: string;
  /** Seconds. */
  readonly lastScrapeDuration: number;
  readonly health: "up" | "down" | "unknown";
  readonly scrapeInterval: string;
  readonly scrapeTimeout: string;
}

/** Targets that are scraped. */
export async function targets(signal: AbortSignal): Promise<readonly Target[]> {
  const url = address("/api/v1/targets", { state: "active" });
  return (await ask<{ data: { activeTargets: Target[] } }>(url, { signal })).data.activeTargets;
}
