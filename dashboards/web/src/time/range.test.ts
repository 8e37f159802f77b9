import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDuration, parseDuration, roughDuration } from "./duration.ts";
import { compareNs, msOf, nsOf, shiftNs } from "./nanos.ts";
import { between, describe, endsNow, formatBound, lastOf, parseBound, resolve, shifted, widened } from "./range.ts";
import { aligned, stepFor, ticks } from "./step.ts";
import { formatNanos, formatTick, parseTime } from "./zone.ts";

const NOON = Date.UTC(2026, 10, 28, 12, 0, 0);

test("durations are read and written", () => {
  const check = (text: string, ms: number | null): void => assert.equal(parseDuration(text), ms, text);
  check("90m", 5_400_000);
  check("1h30m", 5_400_000);
  check("2w", 1_209_600_000);
  check("1500ms", 1_500);
  check("", null);
  check("1", null);
  check("1h-", null);
  assert.equal(formatDuration(5_400_000), "1h30m");
  assert.equal(formatDuration(0), "0s");
  assert.equal(roughDuration(90_061_000), "1d 1h");
  assert.equal(roughDuration(850), "850ms");
});

test("ends of a range are read", () => {
  const check = (text: string, expected: string | null): void => {
    const bound = parseBound(text, "utc");
    assert.equal(bound && formatBound(bound), expected, text);
  };
  check("now", "now");
  check("now-90m", "now-1h30m");
  check("2h", "now-2h");
  check("1795867200000", "2026-11-28T12:00:00.000Z");
  check("2026-11-28 12:00", "2026-11-28T12:00:00.000Z");
  check("2026-11-28", "2026-11-28T00:00:00.000Z");
  check("2026-11-28T12:00:00.5+01:00", "2026-11-28T11:00:00.500Z");
  check("2026-13-01", null);
  check("yesterday", null);
  check("", null);
});

test("ranges become times", () => {
  assert.deepEqual(resolve(lastOf(3_600_000), NOON), { from: NOON - 3_600_000, to: NOON });
  assert.deepEqual(resolve(between({ from: 5_000, to: 1_000 }), NOON), { from: 1_000, to: 5_000 });
  assert.deepEqual(resolve(between({ from: 5_000, to: 5_000 }), NOON), { from: 5_000, to: 6_000 });
  assert.equal(endsNow(lastOf(1)), true);
  assert.equal(describe(lastOf(3_600_000), "utc"), "Last 1h");
  assert.equal(describe(between({ from: NOON, to: NOON + 60_000 }), "utc"), "2026-11-28 12:00:00 to 12:01:00");
  assert.deepEqual(resolve(shifted(lastOf(3_600_000), -1, NOON), NOON), { from: NOON - 5_400_000, to: NOON - 1_800_000 });
  assert.deepEqual(shifted(lastOf(3_600_000), 1, NOON), lastOf(3_600_000));
  assert.deepEqual(widened(lastOf(3_600_000), NOON), lastOf(7_200_000));
  assert.deepEqual(resolve(widened(between({ from: NOON - 60_000, to: NOON }), NOON), NOON), { from: NOON - 90_000, to: NOON });
});

test("steps are usual ones", () => {
  assert.equal(stepFor({ from: 0, to: 3_600_000 }, 120), 30_000);
  assert.equal(stepFor({ from: 0, to: 10 }, 120), 1_000);
  assert.equal(stepFor({ from: 0, to: 7 * 86_400_000 }, 120), 7_200_000);
  assert.deepEqual(aligned({ from: 61_000, to: 119_000 }, 30_000), { from: 60_000, to: 120_000 });
  assert.deepEqual(ticks({ from: NOON, to: NOON + 3_600_000 }, 6, "utc").at.map((ms) => formatTick(ms, 600_000, "utc")), ["12:00", "12:10", "12:20", "12:30", "12:40", "12:50"]);
});

test("nanoseconds keep all their digits", () => {
  assert.equal(nsOf(NOON), "1795867200000000000");
  assert.equal(msOf("1795867200000999999"), NOON);
  assert.equal(shiftNs("1795867200000000000", 1n), "1795867200000000001");
  assert.ok(compareNs("999", "1000") < 0);
  assert.equal(formatNanos("1795867200123456789", "utc"), "2026-11-28 12:00:00.123456789");
  assert.equal(parseTime("2026-11-28 12:00:00", "utc"), NOON);
});
