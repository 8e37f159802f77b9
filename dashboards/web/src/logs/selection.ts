// Which line the keyboard is on, and which lines are open.
import type { Entry } from "../lines/entry.ts";
import { Store } from "../shell/store.ts";

/** Ids of lines. */
export interface Selected {
  /** The line the keyboard is on; 0 for none. */
  readonly current: number;
  readonly open: ReadonlySet<number>;
  /** Counts the times that the list should show the current line. */
  readonly reveal: number;
}

const NONE: Selected = { current: 0, open: new Set(), reveal: 0 };

/** The selection. */
export class Selection extends Store<Selected> {
  private entries: readonly Entry[] = [];
  private shownAt = "";

  constructor() {
    super(NONE);
  }

  /** Forgets everything. */
  clear(): void {
    this.shownAt = "";
    this.set(NONE);
  }

  /** Takes the lines that are there now; the line that a link is about is opened once. */
  follow(entries: readonly Entry[], at: string): void {
    this.entries = entries;
    const linked = at !== "" && this.shownAt !== at ? entries.find(({ ns }) => ns === at) : undefined;
    if (!linked) return;
    this.shownAt = at;
    this.set({ current: linked.id, open: new Set([linked.id]), reveal: this.state.reveal + 1 });
  }

  /** The line the keyboard is on. */
  get entry(): Entry | null {
    return this.entries.find(({ id }) => id === this.state.current) ?? null;
  }

  /** Moves by so many lines; the first move goes to the first line. */
  move(by: number): void {
    const at = this.entries.findIndex(({ id }) => id === this.state.current);
    const to = at < 0 ? 0 : Math.max(0, Math.min(this.entries.length - 1, at + by));
    const entry = this.entries[to];
    if (entry) this.patch({ current: entry.id, reveal: this.state.reveal + 1 });
  }

  /** Opens or closes a line and puts the keyboard on it. */
  toggle(id: number): void {
    const open = new Set(this.state.open);
    if (!open.delete(id)) open.add(id);
    this.patch({ open, current: id });
  }

  /** Closes what is open; false when nothing was. */
  closeAll(): boolean {
    if (this.state.open.size === 0) return false;
    this.patch({ open: new Set() });
    return true;
  }
}
