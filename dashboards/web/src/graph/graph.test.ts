import assert from "node:assert/strict";
import { test } from "node:test";
import { linesOf, rowsOf } from "./rows.ts";
import { readView, writeView } from "./view.ts";

const NOON = Date.UTC(2026, 10, 28, 12, 0, 0);

test("a link of Prometheus's form restores the view", () => {
  const check = (search: string, expected: string): void => assert.equal(writeView(readView(search), NOON), expected);
  check("", "g0.tab=1&g0.range_input=1h");
  check("g0.expr=up+%3D%3D+0&g0.tab=1", "g0.expr=up+%3D%3D+0&g0.tab=1&g0.range_input=1h");
  check("g0.expr=up&g0.tab=0&g0.stacked=0&g0.range_input=2h", "g0.expr=up&g0.tab=0&g0.range_input=2h");
  check("g0.expr=up&g0.tab=graph&g0.range_input=30m&g0.end_input=2026-11-28 10:00:00", "g0.expr=up&g0.tab=0&g0.range_input=30m&g0.end_input=2026-11-28+10%3A00%3A00");
  check("g0.range_input=0s&g0.end_input=nonsense&g1.expr=x", "g0.tab=1&g0.range_input=1h");
});

test("answers become rows", () => {
  const answer = { scalar: null, notes: [] };
  const metric = { __name__: "up", job: 'a"b' };
  assert.deepEqual(rowsOf({ ...answer, series: [{ metric, value: [1, "NaN"] }] }, "utc"), [{ name: 'up{job="a\\"b"}', values: ["NaN"] }]);
  assert.deepEqual(rowsOf({ ...answer, series: [], scalar: "42" }, "utc"), [{ name: "", values: ["42"] }]);
  const range = { metric: {}, values: [[1, "1"], [3, "2"]] as const, histograms: [[2, { count: "5", sum: "7.5" }]] as const };
  assert.deepEqual(rowsOf({ ...answer, series: [range] }, "utc"), [
    { name: "{}", values: ["1 @ 1970-01-01 00:00:01", "histogram of 5 with the sum 7.5 @ 1970-01-01 00:00:02", "2 @ 1970-01-01 00:00:03"] },
  ]);
  assert.equal(rowsOf({ ...answer, series: [{ metric: { __name__: "up" }, value: [1, "1"] }] }, "utc")[0]?.name, "up");
});

test("what cannot be drawn is counted", () => {
  const series = [{ metric: { a: "b" }, values: [[1, "1"]] as const }, { metric: {}, histograms: [[1, { count: "1", sum: "1" }]] as const }];
  const { lines, histograms } = linesOf({ series, scalar: null, notes: [] });
  assert.deepEqual([lines.map(({ metric }) => metric), histograms], [[{ a: "b" }], 1]);
});
