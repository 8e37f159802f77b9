import assert from "node:assert/strict";
import { test } from "node:test";
import { quote, tokenize, unquote } from "./tokens.ts";

test("a query is cut into pieces that together are the query", () => {
  const check = (query: string, expected: string): void => {
    const tokens = tokenize(query);
    assert.equal(tokens.map(({ text }) => text).join(""), query);
    const shown = tokens.filter(({ kind }) => kind !== "space").map(({ kind, text }) => `${kind}:${text}`);
    assert.equal(shown.join(" "), expected);
  };
  check('{a="b"}', 'bracket:{ word:a operator:= string:"b" bracket:}');
  check("{a=~`b|c`} |= `x\\`", "bracket:{ word:a operator:=~ string:`b|c` bracket:} operator:|= string:`x\\`");
  check('{} |~ "a\\"b" != "c"', 'bracket:{ bracket:} operator:|~ string:"a\\"b" operator:!= string:"c"');
  check("| json | took > 1.5s", "operator:| keyword:json operator:| word:took operator:> duration:1.5s");
  check("sum by (a) (rate({}[1h30m])) # why", "function:sum keyword:by bracket:( word:a bracket:) bracket:( function:rate bracket:( bracket:{ bracket:} bracket:[ duration:1h30m bracket:] bracket:) bracket:) comment:# why");
  check("> 20MB and 0x1f", "operator:> number:20MB keyword:and number:0x1f");
  check('{a="open', 'bracket:{ word:a operator:= string:"open');
  check("a ¤ ü", "word:a operator:¤ operator:ü");
  check("", "");
});

test("strings are read and written as Go does", () => {
  const check = (text: string, value: string): void => assert.equal(unquote(text), value);
  check('"a\\"b\\\\c"', 'a"b\\c');
  check('"a\\n\\t\\u00e9\\x41"', "a\n\té\x41");
  check("`a\\n`", "a\\n");
  check('"open', "open");
  check('"ends in \\\\"', "ends in \\");
  for (const value of ["", 'a"b', "c\\d", "e\nf", "ü<script>"]) assert.equal(unquote(quote(value)), value);
});
