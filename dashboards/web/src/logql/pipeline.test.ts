import assert from "node:assert/strict";
import { test } from "node:test";
import { asksForLines, hasParser, histogramQuery, withField, withLineFilter, withStage } from "./pipeline.ts";

test("lines and series are told apart by the beginning", () => {
  const check = (query: string, expected: boolean): void => assert.equal(asksForLines(query), expected, query);
  check('{a="b"} |= "c"', true);
  check('# first\n {a="b"}', true);
  check('rate({a="b"}[1m])', false);
  check("vector(1)", false);
  check("", false);
});

test("a stage goes behind the pipeline", () => {
  const check = (query: string, expected: string): void => assert.equal(withStage(query, "| json"), expected);
  check('{a="b"}', '{a="b"} | json');
  check('{a="b"} |= "c"  ', '{a="b"} |= "c" | json  ');
  check('{a="b"} | json', '{a="b"} | json');
  check('{a="b"} |= "c" # note', '{a="b"} |= "c" | json # note');
  check('sum(count_over_time({a="b"} |= "c" [5m]))', 'sum(count_over_time({a="b"} |= "c" | json [5m]))');
  check('{a="b"} | (c="d" or e="f")', '{a="b"} | (c="d" or e="f") | json');
  check('rate({a="}"}[1m])', 'rate({a="}"} | json[1m])');
  check('{a="b"} |= "[x]"', '{a="b"} |= "[x]" | json');
});

test("a field brings its parser when none is there", () => {
  const check = (query: string, parser: "json" | "logfmt" | null, expected: string): void =>
    assert.equal(withField(query, "status", "=", "500", parser), expected);
  check('{a="b"}', "json", '{a="b"} | json | status="500"');
  check('{a="b"} | logfmt', "logfmt", '{a="b"} | logfmt | status="500"');
  check('{a="b"}', null, '{a="b"} | status="500"');
  check('{a="b"} | status="500"', null, '{a="b"} | status="500"');
  assert.equal(withLineFilter('{a="b"}', "|=", 'say "x"'), '{a="b"} |= "say \\"x\\""');
  assert.equal(hasParser('{a="json"} |= "| json"'), false);
});

test("the histogram counts the same lines", () => {
  assert.equal(histogramQuery('{a="b"} # c', 30_000), 'sum by (detected_level) (count_over_time({a="b"} # c\n[30s]))');
});
