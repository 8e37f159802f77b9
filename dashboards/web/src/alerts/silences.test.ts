import assert from "node:assert/strict";
import { test } from "node:test";
import type { Silence } from "../api/alertmanager.ts";
import { draftFor, draftFrom, draftOf, silenceOf } from "./draft.ts";
import { formatMatchers, parseMatchers, takes } from "./matchers.ts";

const NOON = Date.UTC(2026, 10, 28, 12, 0, 0);

test("matchers are read and written", () => {
  const check = (text: string, expected: string | null): void => {
    const matchers = parseMatchers(text);
    assert.equal(matchers && formatMatchers(matchers), expected, text);
  };
  check('{alertname="X",pod="y"}', '{alertname="X", pod="y"}');
  check("alertname='X', pod!~`a|b\\d`", '{alertname="X", pod!~"a|b\\\\d"}');
  check('{a!="b", c=~"d.*",}', '{a!="b", c=~"d.*"}');
  check('{"has space"="b\\"c", on="1"}', '{"has space"="b\\"c", on="1"}');
  check("alertname=Watchdog", '{alertname="Watchdog"}');
  check("{}", "{}");
  check('{a="b"', null);
  check('{a="b}', null);
  check('{a=="b"}', null);
  check('{a="b" c="d"}', null);
  check("{a}", null);
});

test("matchers take alerts as Alertmanager does", () => {
  const check = (text: string, expected: boolean | null): void => assert.equal(takes(parseMatchers(text) ?? [], { a: "one", b: "two" }), expected, text);
  check('{a="one"}', true);
  check('{a="one", b!="two"}', false);
  check('{a=~"on"}', false);
  check('{a=~"o.*|x", c=""}', true);
  check('{c!~".+"}', true);
  check('{a=~"(?i)ONE"}', null);
});

test("a silence of an alert needs no typing", () => {
  const draft = draftFor({ severity: "critical", alertname: "PodDown", pod: "was-0" });
  assert.equal(draft.matchers, '{alertname="PodDown", pod="was-0", severity="critical"}');
  const choice = { matchers: parseMatchers(draft.matchers) ?? [], author: " ", comment: "", lengthMs: 7_200_000 };
  const { matchers, ...made } = silenceOf(draft, choice, NOON);
  assert.deepEqual(matchers[0], { name: "alertname", value: "PodDown", isRegex: false, isEqual: true });
  assert.deepEqual(made, {
    startsAt: "2026-11-28T12:00:00.000Z",
    endsAt: "2026-11-28T14:00:00.000Z",
    createdBy: "somebody",
    comment: "silenced on the page of alerts",
  });
});

test("a silence is changed in its place, and one that is over is made anew", () => {
  const silence: Silence = {
    id: "s",
    status: { state: "active" },
    updatedAt: "",
    comment: "why",
    createdBy: "ana",
    startsAt: "2026-11-28T11:00:00.000Z",
    endsAt: "2026-11-28T13:00:00.000Z",
    matchers: [{ name: "a", value: "b", isRegex: true }],
  };
  const choice = { matchers: [], author: "ana", comment: "why" };
  const ends = (from: Silence, lengthMs: number | null) => {
    const { id, startsAt, endsAt } = silenceOf(draftFrom(from), { ...choice, lengthMs }, NOON);
    return [id, startsAt.slice(11, 16), endsAt.slice(11, 16)];
  };
  assert.equal(draftFrom(silence).matchers, '{a=~"b"}');
  assert.deepEqual(ends(silence, null), ["s", "11:00", "13:00"]);
  assert.deepEqual(ends(silence, 7_200_000), ["s", "11:00", "14:00"]);
  assert.deepEqual(ends({ ...silence, status: { state: "pending" }, startsAt: "2026-11-28T14:00:00.000Z" }, 1_800_000), ["s", "14:00", "14:30"]);
  assert.deepEqual(ends({ ...silence, status: { state: "expired" } }, 1_800_000), [undefined, "12:00", "12:30"]);
});

test("a link brings its matchers, also when they make no sense", () => {
  assert.equal(draftOf('{alertname="X",pod="y"}').matchers, '{alertname="X", pod="y"}');
  assert.equal(draftOf("{nonsense").matchers, "{nonsense");
});
