// Asking what the view says, once or again and again.
import { useEffect, useState } from "preact/hooks";
import { Failure } from "../api/fetch.ts";
import { type PromAnswer, queryAt, queryOver } from "../api/promql.ts";
import { type Span, endsNow, resolve } from "../time/range.ts";
import { stepFor } from "../time/step.ts";
import type { View } from "./view.ts";

/** Points of a line at most. */
const POINTS_MAX = 300;

/** What was answered last. */
export interface Answered {
  readonly busy: boolean;
  /** What it is the answer to; null before there was one. */
  readonly view: View | null;
  readonly answer: PromAnswer | null;
  readonly failure: Failure | null;
  readonly span: Span;
  readonly tookMs: number;
}

const NOTHING: Answered = { busy: false, view: null, answer: null, failure: null, span: { from: 0, to: 0 }, tookMs: 0 };

/** The answer to the view; asked again when `asked` changes, and every so many milliseconds if that is not 0. */
export function useAnswer(view: View, asked: number, everyMs: number): Answered {
  const [answered, setAnswered] = useState(NOTHING);
  useEffect(() => {
    if (view.expr.trim() === "") {
      setAnswered(NOTHING);
      return undefined;
    }
    const ended = new AbortController();
    let timer = 0;
    const round = async (): Promise<void> => {
      if (!document.hidden) {
        const next = await askFor(view, ended.signal);
        if (ended.signal.aborted) return;
        // A single failure between answers does not take away what is shown.
        setAnswered((before) => (next.answer || before.view !== view ? next : { ...before, failure: next.failure, busy: false }));
      }
      if (everyMs > 0 && endsNow(view.range)) timer = setTimeout(() => void round(), everyMs) as unknown as number;
    };
    setAnswered((before) => ({ ...before, busy: true }));
    void round();
    return () => {
      ended.abort();
      clearTimeout(timer);
    };
  }, [view, asked, everyMs]);
  return answered;
}

async function askFor(view: View, signal: AbortSignal): Promise<Answered> {
  const started = performance.now();
  const span = resolve(view.range, Date.now());
  try {
    const answer = view.tab === "graph" ? await queryOver(view.expr, span, stepFor(span, POINTS_MAX), signal) : await queryAt(view.expr, span.to, signal);
    return { ...NOTHING, view, answer, span, tookMs: performance.now() - started };
  } catch (error) {
    const failure = error instanceof Failure ? error : new Failure(0, `this page failed: ${String(error)}`);
    return { ...NOTHING, view, failure, span };
  }
}
