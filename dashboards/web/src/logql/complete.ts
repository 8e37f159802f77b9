// What could come next where the caret stands in a query.
import { matchersOf } from "./matchers.ts";
import { type Token, quote, solid, tokenize } from "./tokens.ts";

interface Stretch {
  readonly typed: string;
  readonly start: number;
  readonly end: number;
}

/**
 * What is looked for, and which stretch of the text it takes the place of. `label` is one in a selector, `name` one in
 * a list of labels, `word` a metric or a function.
 */
export type Wanted = Stretch & ({ readonly kind: "label" | "name" | "word" | "stage" } | { readonly kind: "value"; readonly label: string });

/** Stages and line filters as they are put in; `¦` marks where the caret goes. */
const STAGES: readonly string[] = [
  '|= "¦"', '!= "¦"', '|~ "¦"', '!~ "¦"', "| json", "| logfmt", '| pattern "¦"', '| regexp "¦"', "| unpack", '| line_format "{{.¦}}"',
  "| label_format ¦", "| decolorize", "| drop ¦", "| keep ¦", "| unwrap ¦", '| detected_level="error"',
];

/** What the text wants at the caret; null when there is nothing to offer. */
export function wantedAt(text: string, caret: number): Wanted | null {
  const spot = spotAt(text, caret, tokenize);
  return isInSelector(spot) ? wantedInSelector(spot) : inPipeline(spot);
}

/** Where the caret stands. */
export interface Spot {
  readonly text: string;
  readonly caret: number;
  /** Pieces before the caret that mean something. */
  readonly before: readonly Token[];
  /** The piece right before the caret, also when it is space. */
  readonly last: Token | undefined;
  /** Where the word ends that the caret stands in. */
  readonly end: number;
}

/** The spot of the caret in a text of a language. */
export function spotAt(text: string, caret: number, cut: (text: string) => readonly Token[]): Spot {
  const tokens = cut(text.slice(0, caret)).filter(({ kind }) => kind !== "comment");
  const end = caret + (/^\w+/.exec(text.slice(caret))?.[0].length ?? 0);
  return { text, caret, before: solid(tokens), last: tokens.at(-1), end };
}

/** Whether the caret stands between braces. */
export function isInSelector({ before }: Spot): boolean {
  return before.findLastIndex(({ text }) => text === "{") > before.findLastIndex(({ text }) => text === "}");
}

/** A word, whether or not the language knows it. */
export function isWord(token: Token | undefined): token is Token {
  return token !== undefined && /^(word|keyword|function)$/.test(token.kind);
}

/** What a selector wants at the caret. */
export function wantedInSelector({ text, caret, before, last, end }: Spot): Wanted | null {
  const token = before.at(-1);
  if (token?.kind === "string" && !isClosed(token.text) && /^[!=]?[=~]$/.test(before.at(-2)?.text ?? "")) {
    const closing = text.slice(caret).match(/^[^"\n]*"/)?.[0].length ?? 0;
    return { kind: "value", label: before.at(-3)?.text ?? "", typed: token.text.slice(1), start: token.start, end: caret + closing };
  }
  if (token && /^[!=]?[=~]$/.test(token.text)) {
    return { kind: "value", label: before.at(-2)?.text ?? "", typed: "", start: caret, end: caret };
  }
  if (isWord(last)) return { kind: "label", typed: last.text, start: last.start, end };
  return token?.text === "{" || token?.text === "," ? { kind: "label", typed: "", start: caret, end: caret } : null;
}

function inPipeline({ caret, before, last, end }: Spot): Wanted | null {
  const token = before.at(-1);
  if (!token || !before.some(({ text }) => text === "}")) return null;
  if (token.text === "|") return { kind: "stage", typed: "| ", start: token.start, end: caret };
  const pipe = before.at(-2);
  if (pipe?.text === "|" && last === token && isWord(token)) {
    return { kind: "stage", typed: `| ${token.text}`, start: pipe.start, end };
  }
  return token.text === "}" && last?.kind === "space" ? { kind: "stage", typed: "", start: caret, end: caret } : null;
}

/** Whether a string piece has its closing quote. */
export function isClosed(text: string): boolean {
  return text.length > 1 && text.at(-1) === text[0] && /(?:^|[^\\])(?:\\\\)*["`']$/.test(text);
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
