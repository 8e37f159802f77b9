// Where an error text of the server points to in the query.

/** A place in a text, `[start, end)` in UTF-16 units, with the line that it stands in. */
export interface Place {
  readonly start: number;
  readonly end: number;
  /** The text of the line, and how many characters stand before the place in it. */
  readonly line: string;
  readonly before: number;
  /** From 1, with the number of lines. */
  readonly number: number;
}

/** The place of `parse error at line 1, col 9: …` or, of PromQL, `1:9: parse error: …`; null when the text names none. */
export function placeOf(error: string, query: string): Place | null {
  const read = /line (\d+), col(?:umn)? (\d+)/.exec(error) ?? /(?:^|: )(\d+):(\d+): parse error/.exec(error);
  if (!read) return null;
  const [number, column] = [Number(read[1]), Number(read[2])];
  const lines = query.split("\n");
  const line = lines[number - 1];
  if (line === undefined) return null;
  const before = Math.min(Math.max(0, column - 1), line.length);
  const start = lines.slice(0, number - 1).reduce((sum, one) => sum + one.length + 1, 0) + before;
  const word = /^(?:\w+|.)/su.exec(line.slice(before))?.[0] ?? "";
  return { start, end: start + word.length, line, before, number };
}
