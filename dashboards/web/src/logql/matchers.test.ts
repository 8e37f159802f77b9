import assert from "node:assert/strict";
import { test } from "node:test";
import { chosenValues, escapeRegex, matchersOf, toggled, withMatcher, withoutMatcher } from "./matchers.ts";

test("matchers are found with their places", () => {
  const query = 'sum(rate({a="b", c!~`d|e`} |= "{x=\\"y\\"}" [1m]))';
  assert.deepEqual(
    matchersOf(query).map(({ label, operator, value, start, end }) => [label, operator, value, query.slice(start, end)]),
    [
      ["a", "=", "b", 'a="b"'],
      ["c", "!~", "d|e", "c!~`d|e`"],
    ],
  );
  assert.deepEqual(matchersOf("vector(1)"), []);
});

test("a matcher is put into the first selector", () => {
  const check = (query: string, label: string, operator: "=" | "!=", value: string, expected: string): void =>
    assert.equal(withMatcher(query, label, operator, value), expected);
  check("", "a", "=", "b", '{a="b"}');
  check("{}", "a", "=", "b", '{a="b"}');
  check('{c="d"} |= "x"', "a", "=", 'b"c', '{c="d", a="b\\"c"} |= "x"');
  check('{a="b"}', "a", "=", "b", '{a="b"}');
  check('{a=~"b|c", d="e"}', "a", "=", "b", '{d="e", a="b"}');
  check('{a="b"}', "a", "!=", "b", '{a!="b"}');
  check('{a=~"b.*"}', "a", "!=", "bc", '{a=~"b.*", a!="bc"}');
  check('rate({x="y"}[1m])', "a", "=", "b", 'rate({x="y", a="b"}[1m])');
  check('|= "x"', "a", "=", "b", '{a="b"} |= "x"');
  check('{a="b"', "c", "=", "d", '{a="b", c="d"}');
});

test("a matcher is taken out", () => {
  const query = '{a="b", c="d"} | json';
  const gone = matchersOf(query)[0];
  assert.ok(gone);
  assert.equal(withoutMatcher(query, gone), '{c="d"} | json');
});

test("clicks on values choose and unchoose them", () => {
  const check = (query: string, value: string, expected: string): void => assert.equal(toggled(query, "a", value), expected);
  check("", "b", '{a="b"}');
  check('{a="b"}', "c", '{a=~"b|c"}');
  check('{a=~"b|c"}', "b", '{a="c"}');
  check('{x="y", a="b"} |= "z"', "b", '{x="y"} |= "z"');
  check('{a="b.c"}', "d|e", '{a=~"b\\\\.c|d\\\\|e"}');
  check('{a=~"b\\\\.c|d\\\\|e"}', "d|e", '{a="b.c"}');
  check('{a=~"b.+"}', "c", '{a="c"}');
  check('{a!="b"}', "c", '{a="c"}');
});

test("what is chosen is known", () => {
  assert.deepEqual(chosenValues('{a="b", c=~"d|e"}', "c"), ["d", "e"]);
  assert.deepEqual(chosenValues('{a="b"}', "a"), ["b"]);
  assert.deepEqual(chosenValues('{a=~"b.*"}', "a"), []);
  assert.equal(escapeRegex("a.b|c(d)"), "a\\.b\\|c\\(d\\)");
});
