// The query, the range, and what starts the search.
import type { RefObject } from "preact";
import { settings } from "../shell/settings.ts";
import { placeOf } from "../logql/failure.ts";
import { QueryInput } from "../query/query_input.tsx";
import { RangePicker } from "../query/range_picker.tsx";
import { HistoryMenu } from "./history_menu.tsx";
import { LOGQL } from "./language.ts";
import type { Found } from "./search.ts";
import { LIMITS, type View } from "./view.ts";

/** What the bar shows and tells. */
export interface Props {
  readonly input: RefObject<HTMLTextAreaElement | null>;
  readonly draft: string;
  readonly view: View;
  readonly found: Found;
  readonly onDraft: (query: string) => void;
  readonly onShow: (part: Partial<View>) => void;
  readonly onLive: () => void;
}

/** The bar. */
export function QueryBar({ input, draft, view, found, onDraft, onShow, onLive }: Props) {
  const { failure } = found;
  const place = failure && found.view?.query === draft ? placeOf(failure.message, draft) : null;
  const busy = found.phase === "loading";
  return (
    <form
      class="query-bar"
      onSubmit={(event) => {
        event.preventDefault();
        onShow({});
      }}
    >
      <button
        type="button"
        class="icon"
        title="Label browser (b)"
        aria-label="Label browser"
        onClick={() => settings.patch({ labels: !settings.state.labels })}
      >
        ☰
      </button>
      <QueryInput language={LOGQL} input={input} draft={draft} range={view.range} place={place} onDraft={onDraft} onRun={() => onShow({})} />
      <div class="query-side">
        <HistoryMenu onQuery={(query) => onShow({ query })} />
        <RangePicker range={view.range} onRange={(range) => onShow({ range, live: false })} />
        <select
          title="Lines loaded at once"
          aria-label="Lines loaded at once"
          value={String(view.limit)}
          onChange={(event) => onShow({ limit: Number(event.currentTarget.value) })}
        >
          {[...new Set([...LIMITS, view.limit])].sort((a, b) => a - b).map((limit) => (
            <option key={limit} value={String(limit)}>
              {limit.toLocaleString("en-US")} lines
            </option>
          ))}
        </select>
        <button type="button" class={`live${view.live ? " on" : ""}`} aria-pressed={view.live} title="Follow new lines (t)" onClick={onLive}>
          <i class="dot" />
          Live
        </button>
        <button type="submit" class={`primary run${busy ? " busy" : ""}`}>
          Run
        </button>
      </div>
    </form>
  );
}
