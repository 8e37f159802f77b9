// What the line filters of a query look for, so that it can be marked in the lines.
import { type Token, meaningful, unquote } from "./tokens.ts";

/** A text or an expression to mark. */
export type Needle =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "regex"; readonly regex: RegExp };

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
  if (source === "" || source.length > REGEX_CHARS_MAX || !isTame(source)) return null;
  const flags = /^\(\?([a-z]+)\)/.exec(source);
  const body = source.slice(flags?.[0].length ?? 0).replace(/\(\?P</g, "(?<");
  const kept = [...(flags?.[1] ?? "")].filter((flag) => "ims".includes(flag)).join("");
  try {
    return { kind: "regex", regex: new RegExp(body, `g${kept}`) };
  } catch {
    return null;
  }
}

/**
 * Whether a backtracking engine surely ends soon: RE2 is linear, JavaScript's is not, and a link may hold any
 * expression. No repetition of a group that itself repeats or branches, and at most two open-ended repetitions.
 */
function isTame(source: string): boolean {
  const plain = source.replace(/\\[\s\S]/g, "x").replace(/\[\^?\]?[^\]]*\]/g, "x");
  if ((plain.match(/[*+]|\{\d*,\d*\}/g) ?? []).length > 2) return false;
  let inner = plain.replace(/\(\?[:P<a-z>]*/g, "(");
  for (let previous = ""; previous !== inner; ) {
    previous = inner;
    if (/\([^()]*[*+{|?][^()]*\)[*+{]/.test(inner)) return false;
    inner = inner.replace(/\(([^()]*)\)/g, "$1");
  }
  return true;
}

/** Where the needles stand in the text, in order and not overlapping. */
export function marksIn(text: string, needles: readonly Needle[]): Mark[] {
  const marks = needles.flatMap((needle) => (needle.kind === "text" ? textMarks(text, needle.text) : regexMarks(text, needle.regex)));
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

function regexMarks(text: string, regex: RegExp): Mark[] {
  if (slow.has(regex)) return [];
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
