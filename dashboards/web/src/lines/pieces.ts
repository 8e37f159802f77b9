// A line cut where its colour or its mark changes, ready to be drawn.
import { type Needle, marksIn } from "../logql/needles.ts";
import { type Readable, readable } from "./readable.ts";

/** A piece of a line. */
export interface Piece {
  readonly text: string;
  readonly style: string;
  readonly marked: boolean;
}

/** A line in pieces, and how many of its characters were left out. */
export interface Pieces {
  readonly pieces: readonly Piece[];
  readonly left: number;
}

/** The first `most` characters of the line in pieces, with what the needles find marked. */
export function piecesOf(line: string, needles: readonly Needle[], most: number): Pieces {
  const kept = line.length > most ? whole(line, most) : line;
  const shown = readable(kept);
  const marks = needles.length > 0 ? marksIn(shown.text, needles) : [];
  return { pieces: marks.length > 0 ? cut(shown, marks) : plain(shown), left: line.length - kept.length };
}

/** A cut that leaves no half of a character. */
function whole(line: string, most: number): string {
  const last = line.charCodeAt(most - 1);
  return line.slice(0, last >= 0xd800 && last < 0xdc00 ? most - 1 : most);
}

function plain({ runs }: Readable): Piece[] {
  return runs.map((run) => ({ ...run, marked: false }));
}

function cut({ runs }: Readable, marks: readonly { readonly start: number; readonly end: number }[]): Piece[] {
  const pieces: Piece[] = [];
  let [offset, next] = [0, 0];
  for (const { text, style } of runs) {
    let from = 0;
    while (from < text.length) {
      while ((marks[next]?.end ?? Infinity) <= offset + from) next += 1;
      const mark = marks[next];
      const marked = mark !== undefined && mark.start <= offset + from;
      const edge = marked ? mark.end : (mark?.start ?? Infinity);
      const to = Math.min(text.length, edge - offset);
      pieces.push({ text: text.slice(from, to), style, marked });
      from = to;
    }
    offset += text.length;
  }
  return pieces;
}
