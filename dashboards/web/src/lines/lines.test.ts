import assert from "node:assert/strict";
import { test } from "node:test";
import { needlesOf } from "../logql/needles.ts";
import { newestFirst, tellingLabel, unknownAmong } from "./entry.ts";
import { fieldsOf, seenIn } from "./fields.ts";
import { levelOf } from "./level.ts";
import { piecesOf } from "./pieces.ts";
import { readable } from "./readable.ts";

const at = (second: number): string => `17958672${String(second).padStart(2, "0")}000000000`;

test("streams become one list, newest first", () => {
  const entries = newestFirst([
    { stream: { app: "a" }, values: [[at(3), "a3", { structuredMetadata: { detected_level: "error" } }], [at(1), "a1", {}]] },
    { stream: { app: "b", level: "WARN" }, values: [[at(2), "b2"]] },
  ]);
  assert.deepEqual(entries.map(({ line, level }) => [line, level]), [["a3", "error"], ["b2", "warn"], ["a1", "unknown"]]);
  assert.equal(tellingLabel(entries), "app");
  assert.equal(tellingLabel(entries.slice(0, 1)), null);
  assert.equal(levelOf("Fatal"), "critical");
});

test("pages that overlap are joined without a line twice or lost", () => {
  const page = (lines: string[]) => newestFirst([{ stream: { app: "a" }, values: lines.map((line) => [at(1), line] as const) }]);
  const lines = (known: string[], more: string[]): string[] => unknownAmong(page(more), page(known)).map(({ line }) => line);
  assert.deepEqual(lines(["x", "y"], ["x", "y", "z"]), ["z"]);
  assert.deepEqual(lines(["x"], ["x", "x"]), ["x"]);
  assert.deepEqual(lines([], ["x"]), ["x"]);
  const searched = newestFirst([{ stream: { app: "a" }, values: [[at(1), "x", { structuredMetadata: { b: "c" } }]] }]);
  const tailed = newestFirst([{ stream: { app: "a", b: "c" }, values: [[at(1), "x"]] }]);
  assert.deepEqual(unknownAmong(tailed, searched), []);
});

test("what cannot be seen is made visible, and escapes are not shown", () => {
  const check = (line: string, expected: string): void => assert.equal(readable(line).text, expected);
  check("plain ü 漢字 🙂", "plain ü 漢字 🙂");
  check("\x1b[31mred\x1b[0m and \x1b[1;32mgreen", "red and green");
  check("\x1b]0;title\x07x\x1b]8;;http://a\x1b\\y", "xy");
  check("a\x00b\x07c\x7f", "a␀b␇c␡");
  check("tab\tstays", "tab\tstays");
  check("abc\u202edcba\u202c", "abc⟨202E⟩dcba⟨202C⟩");
  check("zero\u200bwidth\ufeff", "zero⟨200B⟩width⟨FEFF⟩");
  check("<script>alert(1)</script>", "<script>alert(1)</script>");
  check("\x1b[", "");
  check("", "");
});

test("terminal colours become classes", () => {
  const styles = (line: string): string[] => readable(line).runs.map(({ text, style }) => `${text}:${style}`);
  assert.deepEqual(styles("\x1b[31mred\x1b[1mbold\x1b[0mnone"), ["red:ansi-31", "bold:ansi-31 ansi-bold", "none:"]);
  assert.deepEqual(styles("\x1b[38;5;9mred\x1b[39;49mx"), ["red:ansi-91", "x:"]);
  assert.deepEqual(styles("\x1b[38;2;1;2;31mx"), ["x:"]);
  assert.deepEqual(styles("\x1b[2Kx"), ["x:"]);
});

test("a line is cut where marks and colours change", () => {
  const show = (line: string, query: string, most = 100): string => {
    const { pieces, left } = piecesOf(line, needlesOf(query), most);
    return `${pieces.map(({ text, marked, style }) => `${style && `<${style}>`}${marked ? `[${text}]` : text}`).join("|")}+${left}`;
  };
  assert.equal(show("one two", '{} |= "two"'), "one |[two]+0");
  assert.equal(show("\x1b[31mab\x1b[0mcd", '{} |= "bc"'), "<ansi-31>a|<ansi-31>[b]|[c]|d+0");
  assert.equal(show("abcdef", "{}", 4), "abcd+2");
  assert.equal(show("abc🙂", "{}", 4), "abc+2");
  assert.equal(show("", '{} |= "x"'), "+0");
});

test("fields are read from the line as Loki's parsers name them", () => {
  const check = (line: string, expected: string[]): void =>
    assert.deepEqual(seenIn(line).map(({ name, value, parser }) => `${parser} ${name}=${value}`), expected);
  check('{"a":1,"b":{"c-d":"x","e":null},"f":[1],"9g":true}', ["json a=1", "json b_c_d=x", "json _9g=true"]);
  check('level=info msg="said \\"hi\\"" took=3ms', ["logfmt level=info", 'logfmt msg=said "hi"', "logfmt took=3ms"]);
  check("plain text", []);
  check("{not json", []);
  const [entry] = newestFirst([{ stream: { app: "a" }, values: [[at(1), '{"app":"other","x":"y"}', { parsed: { p: "q" } }]] }]);
  assert.ok(entry);
  assert.deepEqual(fieldsOf(entry).map(({ name, origin }) => `${origin} ${name}`), ["label app", "parsed p", "seen x"]);
});
