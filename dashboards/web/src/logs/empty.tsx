// Before anything was asked: three queries that work here, and who writes lines at all.
import { useEffect, useState } from "preact/hooks";
import { Failure } from "../api/fetch.ts";
import { volumes } from "../api/loki.ts";
import { quote } from "../logql/tokens.ts";
import { bytes } from "../shell/text.ts";
import { Trouble } from "../shell/trouble.tsx";

/** The services that write, by volume; null before we know. */
type Writers = readonly { readonly value: string; readonly bytes: number }[];

/** What stands there instead of lines. */
export function EmptyState({ onQuery }: { onQuery: (query: string) => void }) {
  const [writers, setWriters] = useState<Writers | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  useEffect(() => {
    const ended = new AbortController();
    const now = Date.now();
    volumes("service_name", { from: now - 86_400_000, to: now }, ended.signal)
      .then(setWriters)
      .catch((error: unknown) => !ended.signal.aborted && setFailure(error instanceof Failure ? error : null));
    return () => ended.abort();
  }, []);
  const most = writers?.[0]?.value;
  const selector = most === undefined ? '{service_name=~".+"}' : `{service_name=${quote(most)}}`;
  const examples: readonly (readonly [string, string])[] = [
    [selector, most === undefined ? "every line there is" : `every line of ${most}`],
    [`{service_name=~".+"} |~ "(?i)error|timeout"`, "lines of all services that hold either word"],
    [`sum by (service_name) (count_over_time({service_name=~".+"}[1m]))`, "lines a minute, as a graph"],
  ];
  return (
    <div class="empty">
      <h2>Ask for log lines</h2>
      <p class="dim">
        A query names streams by their labels and then narrows the lines down. Press <kbd>/</kbd> to type, <kbd>?</kbd> for all keys.
      </p>
      <ul class="examples">
        {examples.map(([query, what]) => (
          <li key={query}>
            <button type="button" class="code" onClick={() => onQuery(query)}>
              {query}
            </button>
            <span class="dim">{what}</span>
          </li>
        ))}
      </ul>
      {failure?.isStarting && <Trouble failure={failure} />}
      {writers && writers.length > 0 && (
        <>
          <h3>Who wrote in the last 24 hours</h3>
          <ul class="writers">
            {writers.slice(0, 24).map(({ value, bytes: size }) => (
              <li key={value}>
                <button type="button" onClick={() => onQuery(`{service_name=${quote(value)}}`)}>
                  {value} <span class="dim">{bytes(size)}</span>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      {writers?.length === 0 && (
        <p class="dim">
          Nothing wrote a line in the last 24 hours. Lines come from <code>log_configs</code>, or by push to <code>/loki/api/v1/push</code>.
        </p>
      )}
    </div>
  );
}
