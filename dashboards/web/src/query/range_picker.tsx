// Choosing the time range: usual ones by a click, others by typing, in the zone that the page shows.
import { useState } from "preact/hooks";
import { Menu } from "../shell/menu.tsx";
import { settings } from "../shell/settings.ts";
import { useStore } from "../shell/store.ts";
import { parseDuration } from "../time/duration.ts";
import { QUICK, type Range, describe, lastOf, parseBound, shifted, typedBound, widened } from "../time/range.ts";

/** What the picker shows and tells. */
export interface Props {
  readonly range: Range;
  readonly onRange: (range: Range) => void;
}

/** The picker, with steps to both sides. */
export function RangePicker({ range, onRange }: Props) {
  const { zone } = useStore(settings);
  return (
    <div class="joined range">
      <button type="button" class="icon" title="Earlier ([)" aria-label="Earlier" onClick={() => onRange(shifted(range, -1, Date.now()))}>
        ‹
      </button>
      <Menu title="Time range" label={describe(range, zone)}>
        {(close) => {
          const choose = (chosen: Range): void => {
            close();
            onRange(chosen);
          };
          return (
            <>
              <div class="quick">
                {QUICK.map((text) => (
                  <button key={text} type="button" onClick={() => choose(lastOf(parseDuration(text) ?? 0))}>
                    {text}
                  </button>
                ))}
              </div>
              <TypedRange range={range} onRange={choose} />
            </>
          );
        }}
      </Menu>
      <button type="button" class="icon" title="Zoom out (-)" aria-label="Zoom out" onClick={() => onRange(widened(range, Date.now()))}>
        −
      </button>
      <button type="button" class="icon" title="Later (])" aria-label="Later" onClick={() => onRange(shifted(range, 1, Date.now()))}>
        ›
      </button>
    </div>
  );
}

function TypedRange({ range, onRange }: Props) {
  const { zone } = useStore(settings);
  const [from, setFrom] = useState(typedBound(range.from, zone));
  const [to, setTo] = useState(typedBound(range.to, zone));
  const read = { from: parseBound(from, zone), to: parseBound(to, zone) };
  const field = (name: string, value: string, set: (text: string) => void, good: boolean) => (
    <label>
      {name}
      <input value={value} class={good ? "" : "wrong"} aria-invalid={!good} spellcheck={false} onInput={(event) => set(event.currentTarget.value)} />
    </label>
  );
  return (
    <form
      class="typed"
      onSubmit={(event) => {
        event.preventDefault();
        event.stopPropagation();
        if (read.from && read.to) onRange({ from: read.from, to: read.to });
      }}
    >
      {field("From", from, setFrom, read.from !== null)}
      {field("To", to, setTo, read.to !== null)}
      <button type="submit" class="primary" disabled={!read.from || !read.to}>
        Apply
      </button>
      <p class="dim">
        <code>now-90m</code>, <code>2h</code>, <code>2026-11-28 03:12</code> ({zone === "utc" ? "UTC" : "local time"})
      </p>
    </form>
  );
}
