// What the query input knows about the language that is typed.
import type { Wanted } from "../logql/complete.ts";
import type { Token } from "../logql/tokens.ts";
import type { Span } from "../time/range.ts";

/** A language. */
export interface Language {
  readonly name: string;
  /** A query to learn from, while there is none. */
  readonly example: string;
  readonly tokenize: (text: string) => readonly Token[];
  /** What the text wants at the caret; null when there is nothing to offer. */
  readonly wantedAt: (text: string, caret: number) => Wanted | null;
  /** What fits without asking; null when the server has to be asked. */
  readonly known: (wanted: Wanted) => readonly string[] | null;
  /** What the server has, whether or not it fits what was typed. */
  readonly ask: (wanted: Wanted, text: string, span: Span, signal: AbortSignal) => Promise<readonly string[]>;
}
