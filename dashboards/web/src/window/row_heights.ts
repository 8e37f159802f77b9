// The heights of the rows of a list whose rows come and go, and where the reader stays meanwhile.
import { Heights } from "./heights.ts";

/** A row: only its identity and its text count. */
export interface Row {
  readonly id: number;
  readonly line: string;
}

/** How the rows are laid out. */
export interface Layout {
  readonly wrap: boolean;
  /** Of the list, in pixels. */
  readonly width: number;
}

/** Height of a row of one line of text, in pixels; the style sheet's. */
export const ROW = 20;

/** Width of a character, in pixels, and of what stands before the text: guesses until a row is measured. */
const [CHARACTER, BEFORE] = [7.3, 240];

/** The heights. */
export class RowHeights {
  heights = new Heights(0, () => ROW);
  private rows: readonly Row[] = [];
  private layout: Layout = { wrap: false, width: 0 };
  private known = new Map<number, number>();

  /**
   * Takes the rows as they are now. Returns where the scroll has to be so that the row at the top stays there; null
   * when it is right as it is, as it is at the very top, where new rows are to be seen.
   */
  lay(rows: readonly Row[], layout: Layout, top: number): { readonly top: number | null } {
    const first = this.rows[this.heights.at(top)];
    const inside = first ? top - this.heights.offset(this.heights.at(top)) : 0;
    if (layout.wrap !== this.layout.wrap || layout.width !== this.layout.width) this.known.clear();
    this.keepKnown(rows);
    this.layout = layout;
    this.rows = rows;
    this.heights = new Heights(rows.length, (index) => this.guess(rows[index]));
    if (!first || top <= ROW) return { top: null };
    const index = rows.findIndex(({ id }) => id === first.id);
    if (index < 0) return { top: 0 };
    const wanted = this.heights.offset(index) + inside;
    return { top: wanted === top ? null : wanted };
  }

  private keepKnown(rows: readonly Row[]): void {
    if (this.known.size === 0) return;
    const kept = new Map<number, number>();
    for (const { id } of rows) {
      const height = this.known.get(id);
      if (height !== undefined) kept.set(id, height);
    }
    this.known = kept;
  }

  private guess(row: Row | undefined): number {
    const known = row && this.known.get(row.id);
    if (known !== undefined) return known;
    if (!row || !this.layout.wrap) return ROW;
    const fits = Math.max(20, (this.layout.width - BEFORE) / CHARACTER);
    return ROW * Math.max(1, Math.ceil(Math.min(row.line.length, 2_000) / fits));
  }

  /**
   * Takes the heights of rows that are drawn (`data-id` says which). Tells whether any differed, and by how many
   * pixels the rows above the view grew.
   */
  measure(elements: HTMLCollection, top: number): { readonly changed: boolean; readonly above: number } {
    let [changed, above] = [false, 0];
    const first = elements[0] as HTMLElement | undefined;
    let index = first ? this.rows.findIndex(({ id }) => id === Number(first.dataset["id"])) : -1;
    if (index < 0) return { changed, above };
    let offset = this.heights.offset(index);
    for (const element of elements) {
      const height = (element as HTMLElement).offsetHeight;
      const before = this.heights.of(index);
      const id = this.rows[index]?.id;
      if (id !== undefined && height !== before && height > 0) {
        this.known.set(id, height);
        this.heights.set(index, height);
        changed = true;
        if (offset + before <= top) above += height - before;
      }
      offset += before;
      index += 1;
    }
    return { changed, above };
  }
}
