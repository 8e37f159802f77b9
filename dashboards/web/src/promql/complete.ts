// What could come next where the caret stands in a query of metrics.
import { type Spot, type Wanted, isInSelector, isWord, spotAt, wantedInSelector } from "../logql/complete.ts";
import { matchersIn } from "../logql/matchers.ts";
import { type Token, solid } from "../logql/tokens.ts";
import { FUNCTIONS, tokenize } from "./tokens.ts";

/** What the text wants at the caret; null when there is nothing to offer. */
export function wantedAt(text: string, caret: number): Wanted | null {
  const spot = spotAt(text, caret, tokenize);
  if (isInSelector(spot)) return wantedInSelector(spot);
  const { last, before, end } = spot;
  if (isInLabels(spot)) {
    if (isWord(last)) return { kind: "name", typed: last.text, start: last.start, end };
    return /^[(,]$/.test(before.at(-1)?.text ?? "") ? { kind: "name", typed: "", start: caret, end: caret } : null;
  }
  return isWord(last) ? { kind: "word", typed: last.text, start: last.start, end } : null;
}

/** Whether the caret stands in the list of `by (…)` and the like. */
function isInLabels({ before }: Spot): boolean {
  let depth = 0;
  for (let at = before.length - 1; at >= 0; at -= 1) {
    const text = before[at]?.text;
    if (text === ")") depth += 1;
    if (text === "(" && depth === 0) return /^(by|without|on|ignoring|group_left|group_right)$/i.test(before[at - 1]?.text ?? "");
    if (text === "(") depth -= 1;
  }
  return false;
}

/** Functions that begin as typed, as they are put in; `¦` marks where the caret goes. */
export function functions(typed: string): string[] {
  return FUNCTIONS.filter((name) => name.startsWith(typed.toLowerCase())).map((name) => `${name}(¦)`);
}

/** The selector that the place stands in, without matchers of the label: what it goes with. Empty for all series. */
export function besideAt(text: string, place: number, label: string): string {
  const tokens = solid(tokenize(text));
  const open = tokens.findLastIndex((token) => token.text === "{" && token.end <= place);
  if (open < 0) return "";
  const close = tokens.findIndex((token, index) => index > open && token.text === "}");
  const inside = tokens.slice(open + 1, close < 0 ? undefined : close);
  const others = matchersIn(inside).filter((matcher) => matcher.label !== label && matcher.value !== "");
  const metric = tokens[open - 1];
  const name = isWord(metric) && metric.end === tokens[open]?.start ? metric.text : "";
  if (name === "" && others.length === 0) return "";
  return `${name}{${others.map(({ start, end }) => text.slice(start, end)).join(", ")}}`;
}

/** Metrics that the query names, once each. */
export function metricsIn(text: string): string[] {
  const tokens = solid(tokenize(text));
  let braces = 0;
  const names = tokens.filter((token, index) => {
    if (token.text === "{") braces += 1;
    if (token.text === "}") braces -= 1;
    return braces === 0 && token.kind === "word" && tokens[index + 1]?.text !== "(" && !isInList(tokens, index);
  });
  return [...new Set(names.map(({ text: name }) => name))];
}

function isInList(tokens: readonly Token[], index: number): boolean {
  const before = tokens.slice(0, index);
  return isInLabels({ text: "", caret: 0, before, last: undefined, end: 0 });
}
