// What a click does behind the selector: a filter on a field, a line filter; and the query of the histogram.
import type { Operator } from "./matchers.ts";
import { type Token, meaningful, quote } from "./tokens.ts";

/** Whether the query asks for lines, as far as its beginning shows; the server's answer decides. */
export function asksForLines(query: string): boolean {
  return meaningful(query)[0]?.text === "{";
}

/** Where a stage can be put in: behind the pipeline of the first selector. */
function pipelineEnd(query: string): number {
  const tokens = meaningful(query);
  const open = tokens.findIndex(({ text }) => text === "{");
  if (open < 0) return query.trimEnd().length;
  const first = tokens.slice(open).findIndex(({ text }) => text === "}");
  if (first < 0) return query.trimEnd().length;
  let last: Token | undefined = tokens[open + first];
  let depth = 0;
  for (const token of tokens.slice(open + first + 1)) {
    if (token.text === "[" || (token.text === ")" && depth === 0)) break;
    if (token.text === "(") depth += 1;
    if (token.text === ")") depth -= 1;
    last = token;
  }
  return last?.end ?? query.length;
}

/** Puts a stage behind the pipeline, unless it is its last one already. */
export function withStage(query: string, stage: string): string {
  const at = pipelineEnd(query);
  const head = query.slice(0, at);
  return head.endsWith(stage) ? query : `${head} ${stage}${query.slice(at)}`;
}

/** Which parser gives a field that the query has not parsed out yet. */
export type Parser = "json" | "logfmt";

/** Puts `| field="value"` behind the pipeline, and its parser before it when there is none. */
export function withField(query: string, field: string, operator: Operator, value: string, parser: Parser | null): string {
  const parsed = parser && !hasParser(query) ? withStage(query, `| ${parser}`) : query;
  return withStage(parsed, `| ${field}${operator}${quote(value)}`);
}

/** Puts a line filter behind the pipeline. */
export function withLineFilter(query: string, operator: "|=" | "!=", text: string): string {
  return withStage(query, `${operator} ${quote(text)}`);
}

/** Whether a stage of the query parses lines into fields. */
export function hasParser(query: string): boolean {
  const tokens = meaningful(query);
  return tokens.some(({ text }, index) => text === "|" && /^(json|logfmt|pattern|regexp|unpack)$/.test(tokens[index + 1]?.text ?? ""));
}

/** Lines per step and level, for the histogram above the lines of this query. */
export function histogramQuery(query: string, stepMs: number): string {
  // A comment at the end would swallow the range.
  return `sum by (detected_level) (count_over_time(${query}\n[${stepMs / 1_000}s]))`;
}
