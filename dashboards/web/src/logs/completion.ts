// The offers under the query while it is typed.
import { labelNames, labelValues } from "../api/loki.ts";
import { type Wanted, beside, stages, wantedAt } from "../logql/complete.ts";
import { Store } from "../shell/store.ts";
import { type Range, resolve } from "../time/range.ts";

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

  constructor() {
    super(NONE);
  }

  /** Offers what fits where the caret stands. */
  look(text: string, caret: number, range: Range): void {
    this.close();
    const wanted = wantedAt(text, caret);
    if (!wanted) return;
    if (wanted.kind === "stage") this.offer(wanted, stages(wanted.typed));
    else this.timer = setTimeout(() => void this.ask(wanted, text, range), REST_MS) as unknown as number;
  }

  private async ask(wanted: Wanted, text: string, range: Range): Promise<void> {
    const { signal } = (this.running = new AbortController());
    const span = resolve(range, Date.now());
    try {
      const all = wanted.kind === "value" ? await labelValues(wanted.label, span, beside(text, wanted.label), signal) : await labelNames(span, signal);
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
