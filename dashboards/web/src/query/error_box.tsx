// Why the search failed, with the place in the query.
import type { Failure } from "../api/fetch.ts";
import { placeOf } from "../logql/failure.ts";
import { Trouble } from "../shell/trouble.tsx";
import { useEffect } from "preact/hooks";

/** What the box shows. */
export interface Props {
  readonly failure: Failure;
  readonly query: string;
  readonly onRetry: () => void;
}

/** The box. */
export function ErrorBox({ failure, query, onRetry }: Props) {
  const { isStarting } = failure;
  useEffect(() => {
    if (!isStarting) return undefined;
    const timer = setTimeout(onRetry, 2_000);
    return () => clearTimeout(timer);
  }, [failure]);
  if (isStarting) return <Trouble failure={failure} />;
  const place = placeOf(failure.message, query);
  return (
    <div class="error-box" role="alert">
      <p>{failure.message}</p>
      {place && (
        <pre>
          {shortened(place.line, place.before)}
          {"\n"}
          {" ".repeat(Math.min(place.before, BEFORE_MAX))}
          <b>^</b>
        </pre>
      )}
      {failure.status === 0 || failure.status >= 500 ? (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      ) : null}
    </div>
  );
}

/** Characters of a long line that are shown before the place. */
const BEFORE_MAX = 80;

function shortened(line: string, before: number): string {
  const from = Math.max(0, before - BEFORE_MAX);
  return (from > 0 ? `…${line.slice(from + 1)}` : line).slice(0, BEFORE_MAX * 2);
}
