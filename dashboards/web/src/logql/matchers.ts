// The matchers of the first selector of a query: reading them, and putting one in by a click.
import { type Token, meaningful, quote, unquote } from "./tokens.ts";

/** `=`, `!=`, `=~`, `!~`. */
export type Operator = "=" | "!=" | "=~" | "!~";

/** One matcher and where it stands. */
export interface Matcher {
  readonly label: string;
  readonly operator: Operator;
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

interface Selector {
  readonly matchers: readonly Matcher[];
  /** Behind the opening brace. */
  readonly open: number;
  /** Before the closing brace; the end of the text when there is none. */
  readonly close: number;
}

function selectorOf(query: string): Selector | null {
  const tokens = meaningful(query);
  const first = tokens.findIndex(({ text }) => text === "{");
  const brace = tokens[first];
  if (!brace) return null;
  const inside: Token[] = [];
  let close = query.length;
  for (const token of tokens.slice(first + 1)) {
    if (token.text === "}") {
      close = token.start;
      break;
    }
    inside.push(token);
  }
  return { matchers: matchersIn(inside), open: brace.end, close };
}

/** The matchers among the pieces of a selector. */
export function matchersIn(tokens: readonly Token[]): Matcher[] {
  const found: Matcher[] = [];
  tokens.forEach((value, index) => {
    const [label, operator] = [tokens[index - 2], tokens[index - 1]];
    if (!label || !operator || value.kind !== "string" || !/^[!=]?[=~]$/.test(operator.text)) return;
    found.push({
      label: label.text,
      operator: operator.text as Operator,
      value: unquote(value.text),
      start: label.start,
      end: value.end,
    });
  });
  return found;
}

/** The matchers of the first selector; none when there is no selector. */
export function matchersOf(query: string): readonly Matcher[] {
  return selectorOf(query)?.matchers ?? [];
}

/** Puts a matcher into the first selector in place of those that it contradicts; makes a selector when there is none. */
export function withMatcher(query: string, label: string, operator: Operator, value: string): string {
  const selector = selectorOf(query);
  const text = `${label}${operator}${quote(value)}`;
  if (!selector) return query.trim() === "" ? `{${text}}` : `{${text}} ${query.trim()}`;
  const same = selector.matchers.filter((matcher) => matcher.label === label);
  if (same.some((matcher) => matcher.operator === operator && matcher.value === value)) return query;
  // `a="x"` takes the place of every other matcher of `a`; `a!="x"` only that of `a="x"`, which would leave nothing.
  const replaced = same.filter((matcher) => operator === "=" || (matcher.operator === "=" && matcher.value === value));
  return withList(query, selector, [...selector.matchers.filter((matcher) => !replaced.includes(matcher)).map(textOf(query)), text]);
}

/** Takes the matcher out of its selector. */
export function withoutMatcher(query: string, gone: Matcher): string {
  const selector = selectorOf(query);
  if (!selector) return query;
  return withList(query, selector, selector.matchers.filter(({ start }) => start !== gone.start).map(textOf(query)));
}

/**
 * What a click on a value in the label browser does: the first one makes `=`, further ones `=~"a|b"`, and a second
 * click on the same takes it away again.
 */
export function toggled(query: string, label: string, value: string): string {
  const matcher = matchersOf(query).find((one) => one.label === label && (one.operator === "=" || one.operator === "=~"));
  if (!matcher) return withMatcher(query, label, "=", value);
  const chosen = chosenIn(matcher);
  if (!chosen) return withMatcher(query, label, "=", value);
  const left = chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value];
  if (left.length === 0) return withoutMatcher(query, matcher);
  const text = left.length === 1
    ? `${label}=${quote(left[0] ?? "")}`
    : `${label}=~${quote(left.map(escapeRegex).join("|"))}`;
  return query.slice(0, matcher.start) + text + query.slice(matcher.end);
}

/** The values of a label that the query asks for by name; empty when it does not, or by a real expression. */
export function chosenValues(query: string, label: string): readonly string[] {
  return matchersOf(query)
    .filter((matcher) => matcher.label === label)
    .flatMap((matcher) => chosenIn(matcher) ?? []);
}

function chosenIn(matcher: Matcher): string[] | null {
  if (matcher.operator === "=") return [matcher.value];
  if (matcher.operator !== "=~" || !/^(?:[^\\.+*?()|[\]{}^$]|\\[^A-Za-z0-9]|\|)+$/.test(matcher.value)) return null;
  return matcher.value.split(/(?<!\\)\|/).map((part) => part.replace(/\\(.)/g, "$1"));
}

/** A text that a regular expression of RE2 takes literally. */
export function escapeRegex(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&");
}

function textOf(query: string): (matcher: Matcher) => string {
  return ({ start, end }) => query.slice(start, end);
}

function withList(query: string, selector: Selector, matchers: readonly string[]): string {
  const closed = query.slice(selector.close) || "}";
  return `${query.slice(0, selector.open)}${matchers.join(", ")}${closed}`;
}
