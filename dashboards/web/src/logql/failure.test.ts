import assert from "node:assert/strict";
import { test } from "node:test";
import { placeOf } from "./failure.ts";

test("the place of an error is found in the query", () => {
  const check = (error: string, query: string, expected: [string, number] | null): void => {
    const place = placeOf(error, query);
    assert.deepEqual(place && [query.slice(place.start, place.end), place.before], expected, error);
  };
  check("parse error at line 1, col 9: syntax error", '{a="b"} foo', ["foo", 8]);
  check("parse error at line 2, col 3: syntax error", '{a="b"}\n| nope', ["nope", 2]);
  check("parse error at line 1, col 8: unexpected end", '{a="b"}', ["", 7]);
  check("parse error at line 7, col 1: what", '{a="b"}', null);
  check("query timed out", '{a="b"}', null);
  check('invalid parameter "query": 1:9: parse error: unexpected right parenthesis', "sum(up)+)", [")", 8]);
  check("line 1, column 2: x", "{}", ["}", 1]);
});
