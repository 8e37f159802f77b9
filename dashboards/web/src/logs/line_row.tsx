// One line: a row that opens into its fields.
import { useState } from "preact/hooks";
import type { Entry } from "../lines/entry.ts";
import { type Piece, piecesOf } from "../lines/pieces.ts";
import type { Needle } from "../logql/needles.ts";
import { memo } from "../shell/memo.ts";
import { bytes } from "../shell/text.ts";
import { type Zone, formatClockMs, formatDay } from "../time/zone.ts";
import { LineFields } from "./line_fields.tsx";
import type { View } from "./view.ts";

/** Characters of a line that a closed row shows, and that an open one shows at first. */
const [CLOSED_MAX, OPEN_MAX] = [2_000, 16_000];

/** What the row shows and tells. */
export interface Props {
  readonly entry: Entry;
  readonly zone: Zone;
  /** The label whose value stands before the text. */
  readonly tells: string | null;
  /** Whether the day stands before the clock. */
  readonly dated: boolean;
  readonly needles: readonly Needle[];
  readonly isCurrent: boolean;
  readonly isOpen: boolean;
  /** Whether the link of the page is about this line. */
  readonly isLinked: boolean;
  readonly view: View;
  readonly onToggle: (id: number) => void;
  readonly onQuery: (query: string) => void;
}

/** The row. */
export const LineRow = memo(function LineRow({ entry, zone, tells, dated, needles, isCurrent, isOpen, isLinked, view, onToggle, onQuery }: Props) {
  const [whole, setWhole] = useState(false);
  const { pieces, left } = piecesOf(entry.line, needles, isOpen ? (whole ? Infinity : OPEN_MAX) : CLOSED_MAX);
  const click = (): void => {
    // Marking text to copy it is no click.
    if (getSelection()?.isCollapsed !== false) onToggle(entry.id);
  };
  const states = `${isCurrent ? " current" : ""}${isOpen ? " open" : ""}${isLinked ? " linked" : ""}`;
  return (
    <div class={`line l-${entry.level}${states}`} role="listitem" data-id={entry.id}>
      <div class="line-head" onClick={click}>
        <time class="line-time" title={new Date(entry.ms).toISOString()}>
          {dated && `${formatDay(entry.ms, zone).slice(5)} `}
          {formatClockMs(entry.ms, zone)}
        </time>
        {tells && (
          <span class="line-tells" title={`${tells}: ${entry.labels[tells] ?? ""}`}>
            {entry.labels[tells] ?? ""}
          </span>
        )}
        <span class="line-text">{pieces.map(drawn)}</span>
        {left > 0 && (
          <button
            type="button"
            class="rest"
            onClick={(event) => {
              event.stopPropagation();
              if (isOpen) setWhole(true);
              else onToggle(entry.id);
            }}
          >
            {bytes(left)} more
          </button>
        )}
      </div>
      {isOpen && <LineFields entry={entry} view={view} zone={zone} onQuery={onQuery} />}
    </div>
  );
});

function drawn({ text, style, marked }: Piece, index: number) {
  if (marked) return <mark key={index} class={style}>{text}</mark>;
  return style ? <span key={index} class={style}>{text}</span> : text;
}
