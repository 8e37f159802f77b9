// The ground of a chart over time: axis, grid, what is under the pointer, and zooming by dragging.
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { useSize } from "../shell/measure.ts";
import { settings } from "../shell/settings.ts";
import { useStore } from "../shell/store.ts";
import { short } from "../shell/text.ts";
import type { Span } from "../time/range.ts";
import { ticks } from "../time/step.ts";
import { formatTick, formatTime } from "../time/zone.ts";

/** What the tip under the pointer says. */
export interface Tip {
  /** Begin and end of what it is about, in milliseconds; the same for a point. */
  readonly from: number;
  readonly to: number;
  readonly rows: readonly { readonly key: string; readonly style: string; readonly name: string; readonly value: string }[];
  /** Empty for none. */
  readonly total: string;
}

/** What the chart is about. */
export interface Props {
  readonly span: Span;
  /** Of the drawing, in pixels. */
  readonly height: number;
  /** The largest value, at the top. */
  readonly most: number;
  /** The smallest one, at the bottom; 0 when left out. */
  readonly least?: number;
  /** The chart in words. */
  readonly label: string;
  readonly onZoom: (span: Span) => void;
  readonly at: (ms: number) => Tip | null;
  readonly children: (width: number) => ComponentChildren;
}

/** Height of the axis of times, in pixels. */
const AXIS = 18;

/** A drawing higher than this, in pixels, has a line at half its height. */
const TALL = 120;

/** A drag shorter than this, in pixels, is a click. */
const DRAG_MIN = 5;

/** The chart. */
export function Plot({ span, height, most, least = 0, label, onZoom, at, children }: Props) {
  const { zone } = useStore(settings);
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const [pointer, setPointer] = useState<number | null>(null);
  const [drag, setDrag] = useState<number | null>(null);
  const length = span.to - span.from;
  const x = (ms: number): number => ((ms - span.from) / length) * width;
  const place = (event: PointerEvent): number => {
    const { left } = (event.currentTarget as Element).getBoundingClientRect();
    return Math.max(0, Math.min(width - 0.01, event.clientX - left));
  };
  const drop = (event: PointerEvent): void => {
    const [from, to] = [drag, place(event)];
    setDrag(null);
    if (from === null || Math.abs(to - from) < DRAG_MIN) return;
    const ms = [from, to].sort((a, b) => a - b).map((one) => span.from + (one / width) * length);
    onZoom({ from: ms[0] ?? span.from, to: ms[1] ?? span.to });
  };
  const marks = ticks(span, Math.max(2, Math.floor(width / 90)), zone);
  const tip = pointer === null || width === 0 ? null : at(span.from + (pointer / width) * length);
  return (
    <div class="plot" ref={box}>
      {width > 0 && (
        <svg
          width={width}
          height={height + AXIS}
          role="img"
          aria-label={label}
          onPointerDown={(event) => {
            if (event.button !== 0) return;
            event.currentTarget.setPointerCapture(event.pointerId);
            setDrag(place(event));
          }}
          onPointerMove={(event) => setPointer(place(event))}
          onPointerLeave={() => setPointer(null)}
          onPointerUp={drop}
          onPointerCancel={() => setDrag(null)}
        >
          <rect class="ground" width={width} height={height} />
          {marks.at.map((ms) => (
            <line key={ms} class="grid" x1={x(ms)} x2={x(ms)} y1={0} y2={height + 3} />
          ))}
          {height > TALL && <line class="grid" x1={0} x2={width} y1={height / 2} y2={height / 2} />}
          {children(width)}
          {marks.at.map((ms) => (
            <text key={ms} class="tick" x={x(ms)} y={height + 14} text-anchor={x(ms) < 20 ? "start" : x(ms) > width - 20 ? "end" : "middle"}>
              {formatTick(ms, marks.step, zone)}
            </text>
          ))}
          <text class="tick" x={4} y={10}>
            {short(most)}
          </text>
          {height > TALL && (
            <text class="tick" x={4} y={height / 2 - 4}>
              {short((most + least) / 2)}
            </text>
          )}
          {least !== 0 && (
            <text class="tick" x={4} y={height - 4}>
              {short(least)}
            </text>
          )}
          {tip && drag === null && <rect class="hover" x={x(tip.from)} width={Math.max(1, x(tip.to) - x(tip.from))} height={height} />}
          {drag !== null && pointer !== null && <rect class="drag" x={Math.min(drag, pointer)} width={Math.abs(pointer - drag)} height={height} />}
        </svg>
      )}
      {tip && drag === null && (
        <div class="tip card" style={pointer! < width / 2 ? { left: `${pointer! + 14}px` } : { right: `${width - pointer! + 14}px` }}>
          <p class="dim">{formatTime(tip.from, zone)}</p>
          {tip.rows.map(({ key, style, name, value }) => (
            <p key={key} class={style}>
              <i /> {name} <b>{value}</b>
            </p>
          ))}
          {tip.rows.length === 0 && <p class="dim">nothing</p>}
        </div>
      )}
    </div>
  );
}
