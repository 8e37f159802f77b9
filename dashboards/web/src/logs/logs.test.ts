import assert from "node:assert/strict";
import { test } from "node:test";
import { barsOf, fill, withLines } from "./histogram.ts";
import { withNewest } from "./history.ts";
import { lineLink, readView, writeView } from "./view.ts";

test("a link restores the view", () => {
  const check = (search: string, expected: string): void => assert.equal(writeView(readView(search)), expected);
  const hour = "from=now-1h&to=now";
  check("", hour);
  check("query=%7Ba%3D%22b%22%7D&live=1", `query=%7Ba%3D%22b%22%7D&${hour}&live=1`);
  check("from=2026-11-28T12:00:00Z&to=1795870800000&limit=500", "from=2026-11-28T12%3A00%3A00.000Z&to=2026-11-28T13%3A00%3A00.000Z&limit=500");
  check("from=nonsense&limit=-3&at=12", hour);
  check("limit=999999", hour);
  check("at=1795867200000000000", `${hour}&at=1795867200000000000`);
});

test("a link to a line spans the time around it", () => {
  const link = lineLink(readView("query=x&live=1"), { ns: "1795867200000000001", ms: 1_795_867_200_000 });
  assert.equal(link, "query=x&from=2026-11-28T11%3A30%3A00.000Z&to=2026-11-28T12%3A30%3A00.000Z&at=1795867200000000001");
});

test("bars count the step before their point", () => {
  const bars = barsOf({ from: 60_500, to: 179_000 });
  assert.deepEqual(bars, { span: { from: 60_000, to: 179_000 }, stepMs: 1_000 });
  const histogram = fill({ span: { from: 0, to: 30_000 }, stepMs: 10_000 }, [
    { metric: { detected_level: "info" }, values: [[10, "1"], [30, "3"]] },
    { metric: { detected_level: "error" }, values: [[20, "2"], [99, "5"], [0, "7"]] },
    { metric: {}, values: [[10, "4"]] },
  ]);
  assert.deepEqual(histogram.totals, [5, 2, 3]);
  assert.deepEqual(histogram.levels.map(({ level, total }) => [level, total]), [["error", 2], ["info", 4], ["unknown", 4]]);
  const later = withLines(histogram, [{ ms: 12_000, level: "error" }, { ms: 99_000, level: "info" }]);
  assert.deepEqual(later.totals, [5, 3, 3]);
});

test("a query stands in the history once, on top", () => {
  assert.deepEqual(withNewest(["a", "b"], "b"), ["b", "a"]);
  assert.equal(withNewest(Array.from({ length: 80 }, String), "new").length, 50);
});
