// The lines, newest first. Only the rows that are in view exist, so that many lines cost no more than few.
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Entry, tellingLabel } from "../lines/entry.ts";
import type { Needle } from "../logql/needles.ts";
import { useSize } from "../shell/measure.ts";
import { settings } from "../shell/settings.ts";
import { useStore } from "../shell/store.ts";
import { formatDay } from "../time/zone.ts";
import { windowAt } from "../window/heights.ts";
import { RowHeights } from "../window/row_heights.ts";
import { LineRow } from "./line_row.tsx";
import { ListEdge } from "./list_edge.tsx";
import type { Found, Search } from "./search.ts";
import type { Selection } from "./selection.ts";
import type { View } from "./view.ts";

/** What the list shows and tells. */
export interface Props {
  readonly found: Found;
  readonly search: Search;
  readonly selection: Selection;
  readonly needles: readonly Needle[];
  readonly view: View;
  readonly onQuery: (query: string) => void;
  readonly onShow: (part: Partial<View>) => void;
}

/** Pixels above and below the view that are drawn as well. */
const SPARE = 600;

/** So near to an end, in pixels, the next lines are loaded. */
const NEAR = 800;

/** The list. */
export function LineList({ found, search, selection, needles, view, onQuery, onShow }: Props) {
  const { entries } = found;
  const { wrap, zone } = useStore(settings);
  const { current, open, reveal } = useStore(selection);
  const box = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const size = useSize(box);
  const [top, setTop] = useState(0);
  const [, measured] = useState(0);
  const [rows] = useState(() => new RowHeights());

  // Where the reader is must not move when lines come above or heights turn out different.
  const shift = useMemo(() => rows.lay(entries, { wrap, width: size.width }, box.current?.scrollTop ?? 0), [entries, wrap, size.width]);
  useLayoutEffect(() => {
    if (shift.top === null || !box.current) return;
    box.current.scrollTop = shift.top;
    setTop(shift.top);
  }, [shift]);

  const { heights } = rows;
  const seen = windowAt(heights, top, size.height, SPARE);
  useLayoutEffect(() => {
    if (!body.current || !box.current) return;
    const grown = rows.measure(body.current.children, box.current.scrollTop);
    if (grown.above !== 0) box.current.scrollTop += grown.above;
    if (grown.changed) measured((times) => times + 1);
  });

  useLayoutEffect(() => {
    const index = entries.findIndex(({ id }) => id === current);
    if (index < 0 || !box.current) return;
    const [from, height, view] = [heights.offset(index), Math.min(heights.of(index), size.height), box.current.scrollTop];
    if (from < view) box.current.scrollTop = from;
    else if (from + height > view + size.height) box.current.scrollTop = from + height - size.height;
  }, [reveal]);

  const nearEnd = heights.total - top - size.height < NEAR;
  useEffect(() => {
    if (nearEnd && found.older === "more" && entries.length > 0 && size.height > 0) void search.loadOlder();
  }, [nearEnd, found.older, entries.length, size.height]);

  const tells = useMemo(() => tellingLabel(entries), [entries]);
  const dated = useMemo(() => isDated(entries, zone), [entries, zone]);
  const toggle = useCallback((id: number) => selection.toggle(id), [selection]);
  const shown = entries.slice(seen.from, seen.to);
  return (
    <>
      <ListEdge side="newer" found={found} search={search} onShow={onShow} />
      <div class={`lines${wrap ? " wrapped" : ""}${found.phase === "loading" ? " stale" : ""}`} ref={box} tabIndex={0} onScroll={(event) => setTop(event.currentTarget.scrollTop)}>
        <div class="rows" role="list" aria-label="Log lines, newest first" style={{ height: `${heights.total}px` }}>
        <div class="rows-seen" ref={body} style={{ transform: `translateY(${heights.offset(seen.from)}px)` }}>
          {shown.map((entry) => (
            <LineRow
              key={entry.id}
              entry={entry}
              zone={zone}
              tells={tells}
              dated={dated}
              needles={needles}
              isCurrent={entry.id === current}
              isOpen={open.has(entry.id)}
              isLinked={entry.ns === view.at}
              view={view}
              onToggle={toggle}
              onQuery={onQuery}
            />
          ))}
        </div>
      </div>
        <ListEdge side="older" found={found} search={search} onShow={onShow} />
      </div>
    </>
  );
}

function isDated(entries: readonly Entry[], zone: "local" | "utc"): boolean {
  const [newest, oldest] = [entries[0], entries.at(-1)];
  if (!newest || !oldest) return false;
  const today = formatDay(Date.now(), zone);
  return formatDay(newest.ms, zone) !== today || formatDay(oldest.ms, zone) !== today;
}
