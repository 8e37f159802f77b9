// PromQL text in pieces: enough to colour it and to edit it. What is wrong in it, only the server says.
import { type Kind, type Rules, type Token, pieces } from "../logql/tokens.ts";

const KEYWORDS = new Set(
  "by without on ignoring group_left group_right bool offset and or unless atan2 start end inf nan".split(" "),
);

/** Functions and aggregations. */
export const FUNCTIONS: readonly string[] = (
  "abs absent absent_over_time acos acosh asin asinh atan atanh avg avg_over_time bottomk ceil changes clamp clamp_max clamp_min " +
  "cos cosh count count_over_time count_values day_of_month day_of_week day_of_year days_in_month deg delta deriv exp floor group " +
  "histogram_avg histogram_count histogram_fraction histogram_quantile histogram_stddev histogram_stdvar histogram_sum hour idelta " +
  "increase irate label_join label_replace last_over_time ln log10 log2 max max_over_time min min_over_time minute month pi " +
  "predict_linear present_over_time quantile quantile_over_time rad rate resets round scalar sgn sin sinh sort sort_by_label " +
  "sort_by_label_desc sort_desc sqrt stddev stddev_over_time stdvar stdvar_over_time sum sum_over_time tan tanh time timestamp topk " +
  "vector year"
).split(" ");

const KNOWN = new Set(FUNCTIONS);

const RULES: Rules = [
  ["space", /\s+/y],
  ["comment", /#[^\n]*/y],
  // A string that does not end goes to the end of its line, so that the rest keeps its colours.
  ["string", /"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?|`[^`]*`?/y],
  ["duration", /(?:\d+(?:ms|[smhdwy]))+\b/y],
  ["number", /(?:0x[0-9a-fA-F]+|\d*\.?\d+(?:[eE][+-]?\d+)?|\d+\.)\b/y],
  // The colon belongs to names of recording rules.
  ["word", /[A-Za-z_:][A-Za-z0-9_:]*/y],
  ["operator", /!=|!~|=~|==|>=|<=|[=<>+\-*/%^,@:]/y],
  ["bracket", /[{}()[\]]/y],
];

/** The pieces in order; together they are the text. */
export function tokenize(text: string): Token[] {
  return pieces(text, RULES, kindOf);
}

function kindOf(word: string): Kind {
  if (KNOWN.has(word)) return "function";
  return KEYWORDS.has(word.toLowerCase()) ? "keyword" : "word";
}
