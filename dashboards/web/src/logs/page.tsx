// The page of logs: its parts, and what the keyboard does.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { needlesOf } from "../logql/needles.ts";
import { go, place } from "../shell/location.ts";
import { settings } from "../shell/settings.ts";
import { useStore } from "../shell/store.ts";
import { SeriesChart } from "../chart/series.tsx";
import { endsNow } from "../time/range.ts";
import { EmptyState } from "./empty.tsx";
import { ErrorBox } from "../query/error_box.tsx";
import { keepQuery } from "./history.ts";
import { HistogramChart } from "./histogram_chart.tsx";
import { KeyHelp } from "./key_help.tsx";
import { useKeys } from "./keys.ts";
import { LabelBrowser } from "./label_browser.tsx";
import { LineList } from "./line_list.tsx";
import { QueryBar } from "./query_bar.tsx";
import { Search } from "./search.ts";
import { Selection } from "./selection.ts";
import { StatusLine } from "./status_line.tsx";
import { type View, readView, writeView } from "./view.ts";

/** The page. */
export function LogsPage() {
  const { search: address } = useStore(place);
  const view = useMemo(() => readView(address), [address]);
  const [draft, setDraft] = useState(view.query);
  const [asked, setAsked] = useState(0);
  const [search] = useState(() => new Search());
  const [selection] = useState(() => new Selection());
  const found = useStore(search);
  const { labels } = useStore(settings);
  const input = useRef<HTMLTextAreaElement>(null);
  const shown = found.view?.query ?? "";
  const needles = useMemo(() => needlesOf(shown), [shown]);

  useEffect(() => {
    setDraft(view.query);
    document.title = view.query ? `${view.query.slice(0, 80)} · Belfry` : "Logs · Belfry";
    selection.clear();
    search.run(view);
  }, [view, asked]);
  useEffect(() => () => search.stop(), [search]);
  const isAnswered = view.query.trim() === "" || (found.view === view && found.phase !== "loading");
  // Until then the lines are still those of the view before.
  useEffect(() => selection.follow(found.entries, isAnswered ? view.at : ""), [found.entries, view.at, isAnswered]);

  const show = (part: Partial<View>): void => {
    const next = { ...view, query: draft, at: "", ...part };
    keepQuery(next.query);
    const written = writeView(next);
    // The same view again asks again: its range may end now.
    if (written === address) setAsked((count) => count + 1);
    else go("logs", written);
  };
  const live = (): void => show({ live: !view.live, ...(view.live || endsNow(view.range) ? {} : { range: readView("").range }) });
  useKeys({ input, search, selection, show, live, view });

  const edit = (query: string): void => show({ query });
  return (
    <main class={`logs${labels ? " with-labels" : ""}`}>
      {labels && <LabelBrowser query={draft} range={view.range} onQuery={edit} />}
      <section class="search" aria-busy={!isAnswered}>
        <QueryBar input={input} draft={draft} view={view} found={found} onDraft={setDraft} onShow={show} onLive={live} />
        {found.failure && <ErrorBox failure={found.failure} query={shown} onRetry={() => setAsked((count) => count + 1)} />}
        {found.phase === "idle" && <EmptyState onQuery={edit} />}
        {found.histogramPhase !== "none" && found.phase !== "failed" && (
          <HistogramChart found={found} onShow={show} />
        )}
        {found.series && <SeriesChart series={found.series} span={found.span} onZoom={(range) => show({ range })} />}
        {found.phase !== "idle" && !found.series && !found.failure && (
          <>
            <StatusLine found={found} search={search} onShow={show} />
            <LineList found={found} search={search} selection={selection} needles={needles} view={view} onQuery={edit} onShow={show} />
          </>
        )}
      </section>
      <KeyHelp />
    </main>
  );
}
