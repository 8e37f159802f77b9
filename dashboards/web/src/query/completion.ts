// The offers under the query while it is typed.
import type { Wanted } from "../logql/complete.ts";
import { Store } from "../shell/store.ts";
import { type Range, resolve } from "../time/range.ts";
import type { Language } from "./language.ts";

/** Offers that are shown. */
const SHOWN_MAX = 12;

/** Between the last key and the question for values, in milliseconds. */
const REST_MS = 120;

/** The offers. */
export interface Offer {
  readonly wanted: Wanted | null;
  readonly choices: readonly string[];
  /** The marked choice; -1 before somebody went to one. */
  readonly marked: number;
}

const NONE: Offer = { wanted: null, choices: [], marked: -1 };

/** What is offered. */
export class Completion extends Store<Offer> {
  private running = new AbortController();
  private timer = 0;

  constructor(private readonly language: Language) {
    super(NONE);
  }

  /** Offers what fits where the caret stands. */
  look(text: string, caret: number, range: Range): void {
    this.close();
    const wanted = this.language.wantedAt(text, caret);
    if (!wanted) return;
    const known = this.language.known(wanted);
    if (known) this.offer(wanted, known);
    else this.timer = setTimeout(() => void this.ask(wanted, text, range), REST_MS) as unknown as number;
  }

  private async ask(wanted: Wanted, text: string, range: Range): Promise<void> {
    const { signal } = (this.running = new AbortController());
    try {
      const all = await this.language.ask(wanted, text, resolve(range, Date.now()), signal);
      if (!signal.aborted) this.offer(wanted, fitting(all, wanted.typed));
    } catch {
      // No offers then; the query can be typed without.
    }
  }

  private offer(wanted: Wanted, choices: readonly string[]): void {
    const only = choices.length === 1 && choices[0] === wanted.typed;
    if (choices.length > 0 && !only) this.set({ wanted, choices: choices.slice(0, SHOWN_MAX), marked: -1 });
  }

  /** Marks the next or the previous choice. */
  move(by: 1 | -1): void {
    const { choices, marked } = this.state;
    this.patch({ marked: marked < 0 && by < 0 ? choices.length - 1 : (marked + by + choices.length) % choices.length });
  }

  /** Offers nothing; false when nothing was offered. */
  close(): boolean {
    clearTimeout(this.timer);
    this.running.abort();
    const was = this.state.wanted !== null;
    this.set(NONE);
    return was;
  }
}

/** Those that hold what was typed, those that begin with it first. */
function fitting(all: readonly string[], typed: string): string[] {
  const small = typed.toLowerCase();
  const holds = all.filter((one) => one.toLowerCase().includes(small));
  const begins = (one: string): number => (one.toLowerCase().startsWith(small) ? 0 : 1);
  return holds.sort((a, b) => begins(a) - begins(b));
}
