import assert from "node:assert/strict";
import { test } from "node:test";
import { completed } from "../logql/complete.ts";
import { besideAt, functions, metricsIn, wantedAt } from "./complete.ts";
import { tokenize } from "./tokens.ts";

/** The caret stands at `^`. */
const at = (marked: string) => {
  const caret = marked.indexOf("^");
  const text = marked.replace("^", "");
  return { text, caret, wanted: wantedAt(text, caret) };
};

test("pieces are what they mean", () => {
  const kinds = (text: string): string => tokenize(text).filter(({ kind }) => kind !== "space").map(({ kind, text: piece }) => `${kind}:${piece}`).join(" ");
  assert.equal(kinds("sum by (job) (rate(a:b_total[5m])) > 0.5"), "function:sum keyword:by bracket:( word:job bracket:) bracket:( function:rate bracket:( word:a:b_total bracket:[ duration:5m bracket:] bracket:) bracket:) operator:> number:0.5");
  assert.equal(kinds("up{a='b'} # why"), "word:up bracket:{ word:a operator:= string:'b' bracket:} comment:# why");
  assert.equal(tokenize("a $ b").map(({ text }) => text).join(""), "a $ b");
});

test("what is wanted depends on what stands before the caret", () => {
  const check = (marked: string, expected: string | null): void => {
    const { wanted } = at(marked);
    assert.equal(wanted && `${wanted.kind}:${wanted.kind === "value" ? `${wanted.label}:` : ""}${wanted.typed}`, expected, marked);
  };
  check("^", null);
  check("node_c^", "word:node_c");
  check("rate(node_c^[5m])", "word:node_c");
  check("sum by (na^) (up)", "name:na");
  check("sum by (a, ^) (up)", "name:");
  check("sum by (a) (u^)", "word:u");
  check("up{^", "label:");
  check('up{a="b", jo^}', "label:jo");
  check('up{job="^"}', "value:job:");
  check("up ^", null);
  check("rate(up[5^", null);
});

test("the chosen one takes its place", () => {
  const check = (marked: string, chosen: string, expected: string): void => {
    const { text, wanted } = at(marked);
    assert.ok(wanted, marked);
    const { text: done, caret } = completed(text, wanted, chosen);
    assert.equal(`${done.slice(0, caret)}^${done.slice(caret)}`, expected);
  };
  check("ra^", "rate(¦)", "rate(^)");
  check("rate(node^[5m])", "node_load1", "rate(node_load1^[5m])");
  check("sum by (n^) (up)", "namespace", "sum by (namespace^) (up)");
  check("up{n^}", "namespace", "up{namespace=^}");
  assert.deepEqual(functions("hist").slice(0, 2), ["histogram_avg(¦)", "histogram_count(¦)"]);
});

test("values and labels are those of the selector at hand", () => {
  const check = (marked: string, label: string, expected: string): void => {
    const { text, caret } = at(marked);
    assert.equal(besideAt(text, caret, label), expected, marked);
  };
  check('a{x="1"} / b{y="2", z="^"}', "z", 'b{y="2"}');
  check("up{^}", "", "up{}");
  check('{a="b", c="^"}', "c", '{a="b"}');
  check('{c="^"}', "c", "");
  check("rate(^)", "", "");
  assert.deepEqual(metricsIn('sum by (job) (rate(a{b="c"}[5m])) / on (x) group_left () b + a'), ["a", "b"]);
});
