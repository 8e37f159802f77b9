// What could come next where the caret stands in a query.
import { matchersOf } from "./matchers.ts";
import { type Token, quote, tokenize } from "./tokens.ts";

/** What is looked for, and which stretch of the text it takes the place of. */
export type Wanted =
  | { readonly kind: "label"; readonly typed: string; readonly start: number; readonly end: number }
  | { readonly kind: "value"; readonly label: string; readonly typed: string; readonly start: number; readonly end: number }
  | { readonly kind: "stage"; readonly typed: string; readonly start: number; readonly end: number };

/** Stages and line filters as they are put in; `¦` marks where the caret goes. */
const STAGES: readonly string[] = [
  '|= "¦"', '!= "¦"', '|~ "¦"', '!~ "¦"', "| json", "| logfmt", '| pattern "¦"', '| regexp "¦"', "| unpack", '| line_format "{{.¦}}"',
  "| label_format ¦", "| decolorize", "| drop ¦", "| keep ¦", "| unwrap ¦", '| detected_level="error"',
];

/** What the text wants at the caret; null when there is nothing to offer. */
export function wantedAt(text: string, caret: number): Wanted | null {
  const tokens = tokenize(text.slice(0, caret)).filter(({ kind }) => kind !== "comment");
  const last = tokens.at(-1);
  const solid = tokens.filter(({ kind }) => kind !== "space");
  const end = caret + (/^\w+/.exec(text.slice(caret))?.[0].length ?? 0);
  return isInSelector(solid) ? inSelector(text, solid, last, caret, end) : inPipeline(solid, last, caret, end);
}

function isInSelector(tokens: readonly Token[]): boolean {
  return tokens.findLastIndex(({ text }) => text === "{") > tokens.findLastIndex(({ text }) => text === "}");
}

function inSelector(text: string, solid: readonly Token[], last: Token | undefined, caret: number, end: number): Wanted | null {
  const token = solid.at(-1);
  if (token?.kind === "string" && !isClosed(token.text) && /^[!=]?[=~]$/.test(solid.at(-2)?.text ?? "")) {
    const closing = text.slice(caret).match(/^[^"\n]*"/)?.[0].length ?? 0;
    return { kind: "value", label: solid.at(-3)?.text ?? "", typed: token.text.slice(1), start: token.start, end: caret + closing };
  }
  if (token && /^[!=]?[=~]$/.test(token.text)) {
    return { kind: "value", label: solid.at(-2)?.text ?? "", typed: "", start: caret, end: caret };
  }
  if (last && /^(word|keyword|function)$/.test(last.kind)) return { kind: "label", typed: last.text, start: last.start, end };
  return token?.text === "{" || token?.text === "," ? { kind: "label", typed: "", start: caret, end: caret } : null;
}

function inPipeline(solid: readonly Token[], last: Token | undefined, caret: number, end: number): Wanted | null {
  const token = solid.at(-1);
  if (!token || !solid.some(({ text }) => text === "}")) return null;
  if (token.text === "|") return { kind: "stage", typed: "| ", start: token.start, end: caret };
  const pipe = solid.at(-2);
  if (pipe?.text === "|" && last === token && /^(word|keyword|function)$/.test(token.kind)) {
    return { kind: "stage", typed: `| ${token.text}`, start: pipe.start, end };
  }
  return token.text === "}" && last?.kind === "space" ? { kind: "stage", typed: "", start: caret, end: caret } : null;
}

function isClosed(text: string): boolean {
  return text.length > 1 && /(?:^|[^\\])(?:\\\\)*["`]$/.test(text);
}

/** Stages that go on as typed. */
export function stages(typed: string): string[] {
  return STAGES.filter((stage) => stage.startsWith(typed) && stage !== typed);
}

/** The text with the chosen one in place of what was wanted, and where the caret goes. */
export function completed(text: string, wanted: Wanted, chosen: string): { readonly text: string; readonly caret: number } {
  const shown = wanted.kind === "value" ? quote(chosen) : wanted.kind === "label" ? `${chosen}=` : chosen;
  const mark = shown.indexOf("¦");
  const put = shown.replace("¦", "");
  return { text: text.slice(0, wanted.start) + put + text.slice(wanted.end), caret: wanted.start + (mark < 0 ? put.length : mark) };
}

/** A selector of the other matchers, so that only values that occur beside them are offered; empty for none. */
export function beside(text: string, label: string): string {
  const others = matchersOf(text).filter((matcher) => matcher.label !== label && matcher.value !== "");
  return others.length === 0 ? "" : `{${others.map(({ start, end }) => text.slice(start, end)).join(", ")}}`;
}
