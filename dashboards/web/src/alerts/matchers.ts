// Matchers of silences: as text in braces, as PromQL and links write them, and which alerts they take.
import type { SilenceMatcher } from "../api/alertmanager.ts";
import type { Labels } from "../api/loki.ts";
import { isClosed, isWord } from "../logql/complete.ts";
import { type Token, quote, solid, unquote } from "../logql/tokens.ts";
import { tokenize } from "../promql/tokens.ts";

/** `pod!~"a|b"`. */
export function formatMatcher({ name, value, isRegex, isEqual = true }: SilenceMatcher): string {
  const operator = isEqual ? (isRegex ? "=~" : "=") : isRegex ? "!~" : "!=";
  return `${/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : quote(name)}${operator}${quote(value)}`;
}

/** `{alertname="X", pod!~"a|b"}`. */
export function formatMatchers(matchers: readonly SilenceMatcher[]): string {
  return `{${matchers.map(formatMatcher).join(", ")}}`;
}

/** Matchers that take exactly the alerts with these labels. */
export function matchersFor(labels: Labels): SilenceMatcher[] {
  const names = Object.keys(labels).sort((a, b) => (a === "alertname" ? -1 : b === "alertname" ? 1 : a < b ? -1 : 1));
  return names.map((name) => ({ name, value: labels[name] ?? "", isRegex: false, isEqual: true }));
}

/** Reads matchers, with braces or without; null when the text is something else. */
export function parseMatchers(text: string): SilenceMatcher[] | null {
  let tokens = solid(tokenize(text));
  if (tokens[0]?.text === "{") {
    if (tokens.at(-1)?.text !== "}") return null;
    tokens = tokens.slice(1, -1);
  }
  const matchers: SilenceMatcher[] = [];
  for (let at = 0; at < tokens.length; at += 4) {
    const [name, operator, value, comma] = tokens.slice(at, at + 4);
    const [read, wanted] = [named(name), named(value)];
    if (read === null || wanted === null || !/^(=|!=|=~|!~)$/.test(operator?.text ?? "") || (comma && comma.text !== ",")) return null;
    matchers.push({ name: read, value: wanted, isRegex: operator?.text.endsWith("~") ?? false, isEqual: operator?.text.startsWith("=") ?? true });
  }
  return matchers;
}

/** The text of a quoted or a bare name. */
function named(token: Token | undefined): string | null {
  if (token?.kind !== "string") return isWord(token) ? token.text : null;
  return !isClosed(token.text) ? null : unquote(token.text.replace(/^'(.*)'$/s, (_, body: string) => `"${body}"`));
}

/** Whether all matchers take the labels; null when a regular expression is one that only the server understands. */
export function takes(matchers: readonly SilenceMatcher[], labels: Labels): boolean | null {
  try {
    return matchers.every(({ name, value, isRegex, isEqual = true }) => {
      const has = labels[name] ?? "";
      return (isRegex ? new RegExp(`^(?:${value})$`, "s").test(has) : has === value) === isEqual;
    });
  } catch {
    return null;
  }
}
