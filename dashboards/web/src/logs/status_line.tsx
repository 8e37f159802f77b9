// How the search went, in one line above the lines.
import { settings } from "../shell/settings.ts";
import { useStore } from "../shell/store.ts";
import { bytes, count } from "../shell/text.ts";
import type { Live } from "./live.ts";
import { LIVE_MAX, type Found, type Search } from "./search.ts";
import type { View } from "./view.ts";
import { help } from "./keys.ts";

/** What the line shows and tells. */
export interface Props {
  readonly found: Found;
  readonly search: Search;
  readonly onShow: (part: Partial<View>) => void;
}

/** The line. */
export function StatusLine({ found, search, onShow }: Props) {
  const { wrap } = useStore(settings);
  const { entries, histogram, live, phase } = found;
  const total = histogram && found.histogramPhase === "done" && histogram.total > entries.length ? ` of ${count(histogram.total)}` : "";
  return (
    <div class="status-line">
      <span class="lines-shown">
        {count(entries.length)}
        {total} {entries.length === 1 && !total ? "line" : "lines"}
      </span>
      {phase === "loading" && <span class="dim">searching…</span>}
      {phase === "done" && !live && (
        <span class="dim">
          {Math.round(found.tookMs)} ms{found.bytes > 0 && ` · ${bytes(found.bytes)} read`}
        </span>
      )}
      {live && <LiveState live={live} search={search} onShow={onShow} />}
      {found.warnings.map((warning) => (
        <span key={warning} class="warning">
          {warning}
        </span>
      ))}
      <span class="room" />
      <button type="button" class="plain" aria-pressed={wrap} title="Wrap long lines (w)" onClick={() => settings.patch({ wrap: !wrap })}>
        {wrap ? "☑" : "☐"} Wrap
      </button>
      <button type="button" class="plain" title="All keys (?)" onClick={() => help.set(true)}>
        Keys
      </button>
    </div>
  );
}

function LiveState({ live, search, onShow }: { live: Live; search: Search; onShow: (part: Partial<View>) => void }) {
  const { state, paused, waiting, dropped } = live;
  return (
    <>
      <span class={`live-state ${state.kind}`}>
        {state.kind === "connecting" && "connecting…"}
        {state.kind === "open" && (paused ? "paused" : "following")}
        {state.kind === "broken" && "connection lost, trying again…"}
        {state.kind === "refused" && `live tail ended: ${state.reason}`}
      </span>
      {state.kind === "refused" ? (
        <button type="button" onClick={() => onShow({ live: true })}>
          Try again
        </button>
      ) : (
        <button type="button" onClick={() => search.pause(!paused)}>
          {paused ? `Go on${waiting > 0 ? ` (${count(waiting)} waiting)` : ""}` : "Pause"}
        </button>
      )}
      {dropped > 0 && (
        <span class="warning" title="They are stored: a search finds them.">
          {count(dropped)} lines came too fast and are not shown
        </span>
      )}
      <span class="dim">the newest {count(LIVE_MAX)} are kept</span>
    </>
  );
}
