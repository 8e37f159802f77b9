import assert from "node:assert/strict";
import { test } from "node:test";
import { marksIn, needlesOf, regexNeedle } from "./needles.ts";

test("line filters that keep lines are needles", () => {
  const check = (query: string, expected: string[]): void =>
    assert.deepEqual(needlesOf(query).map((needle) => (needle.kind === "text" ? needle.text : String(needle.regex))), expected);
  check('{a="b"} |= "x" != "y" |~ "z+" !~ "w"', ["x", "/z+/g"]);
  check('{a="b"} |= "x" or "y" or `z` | json', ["x", "y", "z"]);
  check('{a="b"} |~ "(?i)Time-?out"', ["/Time-?out/gi"]);
  check('{a="b"} |~ "(?P<name>a)b"', ["/(?<name>a)b/g"]);
  check('{a="b"} |= ""', []);
  check('{a="b"} |~ "(unclosed"', []);
});

test("expressions that this engine could hang on are not marked", () => {
  const check = (source: string, expected: boolean): void => assert.equal(regexNeedle(source) !== null, expected, source);
  check("error|timeout", true);
  check("a.*b.*c", true);
  check("\\d+ ms", true);
  check("(foo)+", true);
  check("[*+]{3}", true);
  check("\\(a\\)\\+\\+\\+", true);
  check("\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}", true);
  check("(GET|POST) /api/(posts|tags)", true);
  check("colou?r", true);
  check("a{1,10}".repeat(5), false);
  check("a{100}a{2,}a+", false);
  check("a?".repeat(20), false);
  check("(a|aa)".repeat(20), false);
  check("(a+)+$", false);
  check("(a|aa)+$", false);
  check("((a)*b)*", false);
  check("(?:a+){10,}", false);
  check("a*a*a*b", false);
  check("x".repeat(1_001), false);
});

test("the costliest expression that is marked ends soon", () => {
  const started = performance.now();
  assert.deepEqual(marksIn("a".repeat(100_000), needlesOf('{} |~ "a*a*b"')), []);
  assert.ok(performance.now() - started < 2_000);
});

test("marks are in order and do not overlap", () => {
  const check = (text: string, query: string, expected: string[]): void =>
    assert.deepEqual(marksIn(text, needlesOf(query)).map(({ start, end }) => text.slice(start, end)), expected);
  check("one two one", '{} |= "one"', ["one", "one"]);
  check("abcdef", '{} |= "bcd" |= "cde"', ["bcde"]);
  check("GET /a 500", '{} |~ "[0-9]{3}" |= "GET"', ["GET", "500"]);
  check("aaa", '{} |~ "x*"', []);
  check("nothing", '{} |= "else"', []);
});
