import assert from "node:assert/strict";
import { test } from "node:test";
import type { Target } from "../api/prometheus.ts";
import { ago, byPool } from "./pools.ts";

const target = (scrapePool: string, scrapeUrl: string, health: Target["health"]): Target => ({
  discoveredLabels: {},
  labels: {},
  scrapePool,
  scrapeUrl,
  globalUrl: scrapeUrl,
  lastError: "",
  lastScrape: "",
  lastScrapeDuration: 0,
  health,
  scrapeInterval: "15s",
  scrapeTimeout: "10s",
});

test("jobs with a target that is down come first", () => {
  const pools = byPool([target("a", "1", "up"), target("b", "1", "up"), target("b", "2", "down"), target("c", "1", "unknown")]);
  assert.deepEqual(pools.map(({ name, up, targets }) => [name, up, targets.map(({ health }) => health)]), [
    ["b", 1, ["down", "up"]],
    ["a", 1, ["up"]],
    ["c", 0, ["unknown"]],
  ]);
});

test("a time that never was is not ages ago", () => {
  assert.equal(ago("0001-01-01T00:00:00Z", 1_000), null);
  assert.equal(ago("", 1_000), null);
  assert.equal(ago("1970-01-01T00:00:01Z", 3_000), 2_000);
});
