// The page of graphs: a query of metrics as a table or over time.
import { useEffect, useMemo, useState } from "preact/hooks";
import { SeriesChart } from "../chart/series.tsx";
import { ErrorBox } from "../query/error_box.tsx";
import { go, place } from "../shell/location.ts";
import { useStore } from "../shell/store.ts";
import { count } from "../shell/text.ts";
import type { Range } from "../time/range.ts";
import { type Answered, useAnswer } from "./answer.ts";
import { GraphBar } from "./bar.tsx";
import { EmptyGraph } from "./empty.tsx";
import { linesOf } from "./rows.ts";
import { ValueTable } from "./value_table.tsx";
import { type View, readView, writeView } from "./view.ts";

/** The page. */
export function GraphPage() {
  const { search } = useStore(place);
  const view = useMemo(() => readView(search), [search]);
  const [draft, setDraft] = useState(view.expr);
  const [asked, setAsked] = useState(0);
  const [everyMs, setEvery] = useState(0);
  const answered = useAnswer(view, asked, everyMs);
  useEffect(() => {
    setDraft(view.expr);
    document.title = view.expr ? `${view.expr.slice(0, 80)} · Belfry` : "Graph · Belfry";
  }, [view]);
  const again = (): void => setAsked((times) => times + 1);
  const show = (part: Partial<View>): void => {
    const written = writeView({ ...view, expr: draft.trim(), ...part }, Date.now());
    // The same view again asks again: its range may end now.
    if (written === search) again();
    else go("graph", written);
  };
  const { answer, failure } = answered;
  const shown = answered.view?.expr ?? "";
  return (
    <main class="graph" aria-busy={view.expr.trim() !== "" && (answered.busy || answered.view !== view)}>
      <GraphBar draft={draft} view={view} answered={answered} everyMs={everyMs} onDraft={setDraft} onShow={show} onEvery={setEvery} />
      {failure && <ErrorBox failure={failure} query={shown} onRetry={again} />}
      {view.expr.trim() === "" && <EmptyGraph onExpr={(expr) => show({ expr })} />}
      {answer && <Notes answered={answered} />}
      {answer && <Shown answered={answered} onRange={(range) => show({ range })} />}
    </main>
  );
}

function Notes({ answered: { answer, tookMs } }: { answered: Answered }) {
  return (
    <div class="status-line">
      <span class="lines-shown">{answer?.scalar != null ? "a value" : `${count(answer?.series.length ?? 0)} series`}</span>
      <span class="dim">{Math.round(tookMs)} ms</span>
      {answer?.notes.map((note) => (
        <span key={note} class="warning">
          {note}
        </span>
      ))}
    </div>
  );
}

function Shown({ answered: { answer, view, span, busy }, onRange }: { answered: Answered; onRange: (range: Range) => void }) {
  if (!answer || !view) return null;
  const { lines, histograms } = linesOf(answer);
  return (
    <div class={`answer${busy ? " stale" : ""}`}>
      {view.tab === "table" && <ValueTable answer={answer} />}
      {view.tab === "graph" && <SeriesChart series={lines} span={span} onZoom={onRange} />}
      {view.tab === "graph" && histograms > 0 && (
        <p class="edge dim">{count(histograms)} series hold histograms: the table tells them, a graph needs histogram_quantile or the like.</p>
      )}
    </div>
  );
}
