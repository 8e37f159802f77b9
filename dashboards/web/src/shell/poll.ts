// Asking the same thing again and again, while somebody looks.
import { useEffect, useState } from "preact/hooks";
import { Failure } from "../api/fetch.ts";

/** What was answered last, and what went wrong since. */
export interface Polled<Answer> {
  readonly answer: Answer | null;
  readonly failure: Failure | null;
  /** When the answer came, in milliseconds; 0 before. */
  readonly at: number;
}

/** Asks at once, and again so many milliseconds after each answer; not while the page is hidden. */
export function usePoll<Answer>(question: (signal: AbortSignal) => Promise<Answer>, everyMs: number, key = ""): Polled<Answer> {
  const [polled, setPolled] = useState<Polled<Answer>>({ answer: null, failure: null, at: 0 });
  useEffect(() => {
    const ended = new AbortController();
    let timer = 0;
    const round = async (): Promise<void> => {
      if (!document.hidden) {
        try {
          const answer = await question(ended.signal);
          if (!ended.signal.aborted) setPolled({ answer, failure: null, at: Date.now() });
        } catch (error) {
          const failure = error instanceof Failure ? error : new Failure(0, String(error));
          if (!ended.signal.aborted) setPolled((before) => ({ ...before, failure }));
        }
      }
      if (!ended.signal.aborted) timer = setTimeout(() => void round(), everyMs) as unknown as number;
    };
    const wake = (): void => {
      if (document.hidden) return;
      clearTimeout(timer);
      void round();
    };
    void round();
    document.addEventListener("visibilitychange", wake);
    return () => {
      ended.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", wake);
    };
  }, [key, everyMs]);
  return polled;
}
