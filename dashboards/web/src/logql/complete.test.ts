import assert from "node:assert/strict";
import { test } from "node:test";
import { beside, completed, stages, wantedAt } from "./complete.ts";

/** The caret stands at `^`. */
const at = (marked: string) => {
  const caret = marked.indexOf("^");
  return { text: marked.replace("^", ""), wanted: wantedAt(marked.replace("^", ""), caret) };
};

test("what is wanted depends on what stands before the caret", () => {
  const check = (marked: string, expected: string | null): void => {
    const { wanted } = at(marked);
    assert.equal(wanted && `${wanted.kind}:${wanted.kind === "value" ? `${wanted.label}:` : ""}${wanted.typed}`, expected, marked);
  };
  check("{^", "label:");
  check("{ap^", "label:ap");
  check('{app="x", na^}', "label:na");
  check("{app=^", "value:app:");
  check('{app="^"}', "value:app:");
  check('{app="w^', "value:app:w");
  check('{app=~"w^"}', "value:app:w");
  check('{app="was"^', null);
  check('{app="was"} ^', "stage:");
  check('{app="was"} | ^', "stage:| ");
  check('{app="was"} | js^', "stage:| js");
  check('{app="was"} |= "x^', null);
  check("^", null);
  check("sum^", null);
});

test("the chosen one takes its place", () => {
  const check = (marked: string, chosen: string, expected: string): void => {
    const { text, wanted } = at(marked);
    assert.ok(wanted, marked);
    const { text: done, caret } = completed(text, wanted, chosen);
    assert.equal(`${done.slice(0, caret)}^${done.slice(caret)}`, expected);
  };
  check("{ap^", "app", "{app=^");
  check("{app=^}", 'w"s', '{app="w\\"s"^}');
  check('{app="w^"}', "was", '{app="was"^}');
  check('{app="was"} ^', '|= "¦"', '{app="was"} |= "^"');
  check('{app="was"} | js^', "| json", '{app="was"} | json^');
});

test("stages go on as typed, and values stand beside the other matchers", () => {
  assert.deepEqual(stages("| js"), ["| json"]);
  assert.ok(stages("").length > 10);
  assert.equal(beside('{a="b", c="", d=~"e"}', "a"), '{d=~"e"}');
  assert.equal(beside('{a="b"}', "a"), "");
});
