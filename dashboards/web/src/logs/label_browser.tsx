// Labels and their values; a click puts one into the query, another click takes it out.
import { useEffect, useState } from "preact/hooks";
import { Failure } from "../api/fetch.ts";
import { labelNames, labelValues } from "../api/loki.ts";
import { chosenValues, toggled } from "../logql/matchers.ts";
import { settings } from "../shell/settings.ts";
import { type Range, formatBound, resolve } from "../time/range.ts";

/** Values of one label that are listed before somebody searches. */
const LISTED_MAX = 200;

/** What the browser shows and tells. */
export interface Props {
  readonly query: string;
  readonly range: Range;
  readonly onQuery: (query: string) => void;
}

/** The browser. */
export function LabelBrowser({ query, range, onQuery }: Props) {
  const [names, setNames] = useState<readonly string[] | null>(null);
  const [failure, setFailure] = useState<string>("");
  const [wanted, setWanted] = useState("");
  const key = `${formatBound(range.from)} ${formatBound(range.to)}`;
  useEffect(() => {
    const ended = new AbortController();
    labelNames(resolve(range, Date.now()), ended.signal)
      .then((found) => {
        setNames(found);
        setFailure("");
      })
      .catch((error: unknown) => !ended.signal.aborted && setFailure(error instanceof Failure ? error.message : String(error)));
    return () => ended.abort();
  }, [key]);
  return (
    <aside class="labels" aria-label="Label browser">
      <input type="search" placeholder="Find a label or value" aria-label="Find a label or value" value={wanted} onInput={(event) => setWanted(event.currentTarget.value)} />
      <button type="button" class="close" onClick={() => settings.patch({ labels: false })}>
        Close
      </button>
      {failure && <p class="dim">{failure}</p>}
      {names?.length === 0 && <p class="dim">No stream wrote in this range.</p>}
      <ul>
        {names?.map((name) => (
          <Label key={`${name} ${key}`} name={name} range={range} wanted={wanted.toLowerCase()} query={query} onQuery={onQuery} />
        ))}
      </ul>
    </aside>
  );
}

interface LabelProps extends Props {
  readonly name: string;
  /** What is looked for, in small letters. */
  readonly wanted: string;
}

function Label({ name, range, wanted, query, onQuery }: LabelProps) {
  const [values, setValues] = useState<readonly string[] | null>(null);
  const [isOpen, setOpen] = useState(false);
  const chosen = chosenValues(query, name);
  const searching = wanted !== "";
  useEffect(() => {
    if (values !== null || !(isOpen || searching)) return undefined;
    const ended = new AbortController();
    labelValues(name, resolve(range, Date.now()), "", ended.signal)
      .then(setValues)
      .catch(() => !ended.signal.aborted && setValues([]));
    return () => ended.abort();
  }, [isOpen, searching]);
  const named = name.toLowerCase().includes(wanted);
  const shown = (values ?? []).filter((value) => named || value.toLowerCase().includes(wanted));
  if (searching && !named && shown.length === 0) return null;
  const opened = isOpen || (searching && shown.length > 0);
  return (
    <li>
      <button type="button" class="label-name" aria-expanded={opened} onClick={() => setOpen(!isOpen)}>
        <i class={`arrow${opened ? " down" : ""}`} />
        {name}
        {values && <span class="dim">{values.length}</span>}
      </button>
      {opened && (
        <ul class="values">
          {shown.slice(0, LISTED_MAX).map((value) => (
            <li key={value}>
              <button type="button" aria-pressed={chosen.includes(value)} title={value} onClick={() => onQuery(toggled(query, name, value))}>
                {value || '""'}
              </button>
            </li>
          ))}
          {shown.length > LISTED_MAX && <li class="dim">{shown.length - LISTED_MAX} more: search for them</li>}
        </ul>
      )}
    </li>
  );
}
