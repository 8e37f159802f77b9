// LogQL text in pieces: enough to colour it and to edit it. What is wrong in it, only the server says.
// PromQL has rules and words of its own, `promql/tokens.ts`, and is cut here too.

/** What a piece is. */
export type Kind =
  | "space"
  | "comment"
  | "string"
  | "number"
  | "duration"
  | "word"
  | "keyword"
  | "function"
  | "operator"
  | "bracket";

/** A piece of the text, `[start, end)` in UTF-16 units. */
export interface Token {
  readonly kind: Kind;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const KEYWORDS = new Set(
  ("json logfmt pattern regexp unpack unwrap line_format label_format decolorize drop keep by without on ignoring " +
    "group_left group_right bool offset or and unless ip duration duration_seconds bytes").split(" "),
);

const FUNCTIONS = new Set(
  ("rate rate_counter count_over_time bytes_rate bytes_over_time sum_over_time avg_over_time min_over_time " +
    "max_over_time first_over_time last_over_time stdvar_over_time stddev_over_time quantile_over_time " +
    "absent_over_time sum avg min max count stddev stdvar topk bottomk approx_topk sort sort_desc vector label_replace").split(" "),
);

/** Which piece begins where; the first one that fits. */
export type Rules = readonly (readonly [Kind, RegExp])[];

const RULES: Rules = [
  ["space", /\s+/y],
  ["comment", /#[^\n]*/y],
  // A string that does not end goes to the end of its line, so that the rest keeps its colours.
  ["string", /"(?:[^"\\\n]|\\.)*"?|`[^`]*`?/y],
  ["duration", /(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|[smhdwy]))+\b/y],
  ["number", /(?:0x[0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?:[kKMGTP]i?B|B)?)\b/y],
  ["word", /[A-Za-z_][A-Za-z0-9_]*/y],
  ["operator", /\|=|\|~|\|>|!=|!~|!>|=~|==|>=|<=|[|=<>+\-*/%^,]/y],
  ["bracket", /[{}()[\]]/y],
];

/** The pieces in order; together they are the text. */
export function tokenize(text: string): Token[] {
  return pieces(text, RULES, wordKind);
}

/** The same by the rules and words of a language. */
export function pieces(text: string, rules: Rules, kindOf: (word: string) => Kind): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const token = pieceAt(text, at, rules, kindOf);
    tokens.push(token);
    at = token.end;
  }
  return tokens;
}

function pieceAt(text: string, start: number, rules: Rules, kindOf: (word: string) => Kind): Token {
  for (const [kind, rule] of rules) {
    rule.lastIndex = start;
    const match = rule.exec(text)?.[0];
    if (match) return { kind: kind === "word" ? kindOf(match) : kind, text: match, start, end: start + match.length };
  }
  return { kind: "operator", text: text.charAt(start), start, end: start + 1 };
}

function wordKind(word: string): Kind {
  if (FUNCTIONS.has(word)) return "function";
  return KEYWORDS.has(word) ? "keyword" : "word";
}

/** The pieces that mean something. */
export function meaningful(text: string): Token[] {
  return solid(tokenize(text));
}

/** Without what only separates. */
export function solid(tokens: readonly Token[]): Token[] {
  return tokens.filter(({ kind }) => kind !== "space" && kind !== "comment");
}

/** The value of a string piece; what its escapes mean is taken from Go. */
export function unquote(text: string): string {
  if (text.startsWith("`")) return text.replace(/^`|`$/g, "");
  const body = text.replace(/^"/, "").replace(/(^|[^\\])((?:\\\\)*)"$/, "$1$2");
  return body.replace(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)/g, (_, escape: string) => {
    if (/^[ux]./.test(escape)) return String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    return { n: "\n", t: "\t", r: "\r", a: "\x07", b: "\b", f: "\f", v: "\v" }[escape] ?? escape;
  });
}

/** A value as a string of LogQL. */
export function quote(value: string): string {
  return JSON.stringify(value);
}
