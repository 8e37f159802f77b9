// The query, what to make of it, and when.
import { useRef } from "preact/hooks";
import { placeOf } from "../logql/failure.ts";
import { QueryInput } from "../query/query_input.tsx";
import { RangePicker } from "../query/range_picker.tsx";
import { useSlash } from "../shell/slash.ts";
import type { Answered } from "./answer.ts";
import { PROMQL } from "./language.ts";
import type { View } from "./view.ts";

/** Choices of how often it is asked again, in milliseconds. */
const REFRESH: readonly (readonly [ms: number, name: string])[] = [[0, "Once"], [5_000, "Every 5 s"], [15_000, "Every 15 s"], [60_000, "Every 1 m"]];

/** What the bar shows and tells. */
export interface Props {
  readonly draft: string;
  readonly view: View;
  readonly answered: Answered;
  readonly everyMs: number;
  readonly onDraft: (expr: string) => void;
  readonly onShow: (part: Partial<View>) => void;
  readonly onEvery: (ms: number) => void;
}

/** The bar. */
export function GraphBar({ draft, view, answered, everyMs, onDraft, onShow, onEvery }: Props) {
  const input = useRef<HTMLTextAreaElement>(null);
  useSlash(input);
  const { failure } = answered;
  const place = failure && answered.view?.expr === draft ? placeOf(failure.message, draft) : null;
  return (
    <form
      class="query-bar"
      onSubmit={(event) => {
        event.preventDefault();
        onShow({});
      }}
    >
      <QueryInput language={PROMQL} input={input} draft={draft} range={view.range} place={place} onDraft={onDraft} onRun={() => onShow({})} />
      <div class="query-side">
        <div class="switch" role="group" aria-label="What is shown">
          {(["table", "graph"] as const).map((tab) => (
            <button key={tab} type="button" aria-pressed={view.tab === tab} onClick={() => onShow({ tab })}>
              {tab === "table" ? "Table" : "Graph"}
            </button>
          ))}
        </div>
        <RangePicker range={view.range} onRange={(range) => onShow({ range })} />
        <select title="How often it is asked again" aria-label="How often it is asked again" value={String(everyMs)} onChange={(event) => onEvery(Number(event.currentTarget.value))}>
          {REFRESH.map(([ms, name]) => (
            <option key={ms} value={String(ms)}>
              {name}
            </option>
          ))}
        </select>
        <button type="submit" class={`primary run${answered.busy ? " busy" : ""}`}>
          Run
        </button>
      </div>
    </form>
  );
}
