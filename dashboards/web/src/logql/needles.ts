// What the line filters of a query look for, so that it can be marked in the lines.
import { type Token, meaningful, unquote } from "./tokens.ts";

/** A text or an expression to mark. */
export type Needle =
  | { readonly kind: "text"; readonly text: string }
  | {
      readonly kind: "regex";
      readonly regex: RegExp;
      /** Characters of a line that it is looked for in. */
      readonly reach: number;
    };

/** A stretch of a line, `[start, end)`. */
export interface Mark {
  readonly start: number;
  readonly end: number;
}

/** Expressions longer than this are not marked. */
const REGEX_CHARS_MAX = 1_000;

/** Marks of one line; what is beyond is not marked. */
const MARKS_MAX = 200;

/** An expression that took longer than this on one line, in milliseconds, is not tried again. */
const PATIENCE_MS = 25;

/** What the line filters of the query look for. */
export function needlesOf(query: string): Needle[] {
  const tokens = meaningful(query);
  const needles: Needle[] = [];
  tokens.forEach(({ text }, index) => {
    if (text !== "|=" && text !== "|~") return;
    for (const value of alternatives(tokens, index + 1)) {
      const needle = text === "|=" ? textNeedle(value) : regexNeedle(value);
      if (needle) needles.push(needle);
    }
  });
  return needles;
}

/** The strings of `"a" or "b"` from there. */
function alternatives(tokens: readonly Token[], from: number): string[] {
  const values: string[] = [];
  for (let at = from; tokens[at]?.kind === "string"; at += 2) {
    values.push(unquote(tokens[at]?.text ?? ""));
    if (tokens[at + 1]?.text !== "or") break;
  }
  return values;
}

function textNeedle(text: string): Needle | null {
  return text === "" ? null : { kind: "text", text };
}

/** RE2's expression as one of JavaScript; null when it cannot be one, or could take too long in this engine. */
export function regexNeedle(source: string): Needle | null {
  const reach = source === "" || source.length > REGEX_CHARS_MAX ? 0 : reachOf(source);
  if (reach === 0) return null;
  const flags = /^\(\?([a-z]+)\)/.exec(source);
  const body = source.slice(flags?.[0].length ?? 0).replace(/\(\?P</g, "(?<");
  const kept = [...(flags?.[1] ?? "")].filter((flag) => "ims".includes(flag)).join("");
  try {
    return { kind: "regex", regex: new RegExp(body, `g${kept}`), reach };
  } catch {
    return null;
  }
}

/**
 * How many characters a backtracking engine surely searches soon; 0 for none. RE2 is linear, JavaScript's engine is
 * not, and a link may hold any expression: a repeated group must not repeat or branch inside, and each open-ended
 * repetition multiplies the work by the length of the text.
 */
function reachOf(source: string): number {
  const plain = source.replace(/\\[\s\S]/g, "x").replace(/\[\^?\]?[^\]]*\]/g, "x").replace(/\(\?[:P<a-z>]*/g, "(");
  let [inner, branches] = [plain, 0];
  for (let previous = ""; previous !== inner; ) {
    previous = inner;
    if (/\([^()]*[*+{|?][^()]*\)[*+{]/.test(inner)) return 0;
    inner = inner.replace(/\(([^()]*)\)/g, (_, group: string) => {
      if (group.includes("|")) branches += 1;
      return group;
    });
  }
  const bounded = [...plain.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].map(([, least, most]) => (most === "" ? Infinity : Number(most ?? least)));
  const open = (plain.match(/[*+]/g) ?? []).length + bounded.filter((most) => most > 10).length;
  const small = bounded.filter((most) => most > 1 && most <= 10).length;
  const optional = (plain.match(/\?/g) ?? []).length;
  if (open > 2 || small > 4 || optional > 8 || branches > 6) return 0;
  return [16_000, 3_000, 400][open] ?? 0;
}

/** Where the needles stand in the text, in order and not overlapping. */
export function marksIn(text: string, needles: readonly Needle[]): Mark[] {
  const marks = needles.flatMap((needle) => (needle.kind === "text" ? textMarks(text, needle.text) : regexMarks(text, needle)));
  marks.sort((a, b) => a.start - b.start || b.end - a.end);
  const merged: { start: number; end: number }[] = [];
  for (const mark of marks) {
    const last = merged.at(-1);
    if (last && mark.start <= last.end) last.end = Math.max(last.end, mark.end);
    else merged.push({ ...mark });
  }
  return merged;
}

function textMarks(text: string, needle: string): Mark[] {
  const marks: Mark[] = [];
  for (let at = text.indexOf(needle); at >= 0 && marks.length < MARKS_MAX; at = text.indexOf(needle, at + needle.length)) {
    marks.push({ start: at, end: at + needle.length });
  }
  return marks;
}

/** Expressions that were too slow once. */
const slow = new WeakSet<RegExp>();

function regexMarks(whole: string, { regex, reach }: Needle & { readonly kind: "regex" }): Mark[] {
  if (slow.has(regex)) return [];
  const text = whole.slice(0, reach);
  const marks: Mark[] = [];
  const started = performance.now();
  regex.lastIndex = 0;
  for (let match = regex.exec(text); match && marks.length < MARKS_MAX; match = regex.exec(text)) {
    if (match[0] === "") regex.lastIndex += 1;
    else marks.push({ start: match.index, end: match.index + match[0].length });
  }
  if (performance.now() - started > PATIENCE_MS) slow.add(regex);
  return marks;
}
