// The answer of a metric query: lines over time, and a table of what they are.
import { useState } from "preact/hooks";
import type { SeriesAnswer } from "../api/loki.ts";
import { count, short } from "../shell/text.ts";
import { type Range, type Span, between } from "../time/range.ts";
import { seriesName } from "./name.ts";
import { Plot, type Tip } from "./plot.tsx";

/** Series that are drawn; the others stand in the table only. */
const DRAWN_MAX = 40;

/** Rows of the table. */
const ROWS_MAX = 500;

/** Colours of the style sheet. */
const COLOURS = 8;

/** Height of the drawing, in pixels. */
const HEIGHT = 260;

interface Line {
  readonly name: string;
  readonly points: readonly (readonly [ms: number, value: number])[];
  readonly colour: string;
  readonly last: number;
  readonly most: number;
  readonly least: number;
}

/** What is at the top and at the bottom. */
interface Scale {
  readonly most: number;
  readonly least: number;
}

/** What the chart shows and tells. */
export interface Props {
  readonly series: readonly SeriesAnswer[];
  readonly span: Span;
  readonly onZoom: (range: Range) => void;
}

/** The chart. */
export function SeriesChart({ series, span, onZoom }: Props) {
  const [only, setOnly] = useState<string | null>(null);
  const lines = linesOf(series);
  if (lines.length === 0) return <p class="edge large dim">The query answers with no series in this range.</p>;
  const drawn = lines.slice(0, DRAWN_MAX).filter(({ name }) => only === null || name === only);
  const scale = scaleOf(drawn);
  return (
    <div class="series">
      <Plot span={span} height={HEIGHT} {...scale} label={`${count(lines.length)} series`} onZoom={(zoomed) => onZoom(between(zoomed))} at={(ms) => tip(drawn, ms)}>
        {(width) =>
          drawn.map((line) => (
            <path key={line.name} class={`series-line ${line.colour}`} d={pathOf(line, span, width, scale)} />
          ))
        }
      </Plot>
      <table class="series-table">
        <thead>
          <tr>
            <th>Series</th>
            <th>Last</th>
            <th>Highest</th>
          </tr>
        </thead>
        <tbody>
          {lines.slice(0, ROWS_MAX).map((line) => (
            <tr key={line.name} class={`${line.colour}${line.name === only ? " only" : ""}`} onClick={() => setOnly(line.name === only ? null : line.name)}>
              <td>
                <i /> {line.name}
              </td>
              <td title={String(line.last)}>{short(line.last)}</td>
              <td title={String(line.most)}>{Number.isFinite(line.most) ? short(line.most) : "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {lines.length > ROWS_MAX && <p class="edge dim">{count(lines.length - ROWS_MAX)} more series are not shown</p>}
    </div>
  );
}

function linesOf(series: readonly SeriesAnswer[]): Line[] {
  const lines = series.map(({ metric, values }) => {
    const points = values.map(([seconds, value]) => [seconds * 1_000, Number(value)] as const);
    const finite = points.map(([, value]) => value).filter(Number.isFinite);
    const ends = { most: Math.max(...finite, -Infinity), least: Math.min(...finite, Infinity) };
    return { name: seriesName(metric), points, last: points.at(-1)?.[1] ?? NaN, ...ends };
  });
  lines.sort((a, b) => (a.most < b.most ? 1 : a.most > b.most ? -1 : 0));
  return lines.map((line, index) => ({ ...line, colour: `c-${index % COLOURS}` }));
}

/** From zero, so that heights can be compared, unless there is less than that. */
function scaleOf(lines: readonly Line[]): Scale {
  const least = Math.min(0, ...lines.map((line) => line.least));
  const most = Math.max(0, ...lines.map((line) => line.most));
  return { least, most: most > least ? most : least + 1 };
}

/** Points that are more than two steps apart are not joined: nothing was there. */
function pathOf({ points }: Line, span: Span, width: number, { most, least }: Scale): string {
  const gaps = points.slice(1).map(([ms], index) => ms - (points[index]?.[0] ?? 0));
  const step = Math.min(...gaps, Infinity);
  let before = -Infinity;
  return points
    .filter(([, value]) => Number.isFinite(value))
    .map(([ms, value]) => {
      const x = ((ms - span.from) / (span.to - span.from)) * width;
      const y = HEIGHT - ((value - least) / (most - least)) * (HEIGHT - 6);
      const joined = Number.isFinite(before) && ms - before <= step * 2;
      before = ms;
      // A point alone is drawn as a dot, which a round cap makes of no length.
      return `${joined ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}${joined ? "" : "h0"}`;
    })
    .join("");
}

function tip(lines: readonly Line[], ms: number): Tip | null {
  const nearest = lines.flatMap(({ points }) => points.map(([at]) => at)).reduce((best, at) => (Math.abs(at - ms) < Math.abs(best - ms) ? at : best), Infinity);
  if (!Number.isFinite(nearest)) return null;
  const rows = lines.flatMap(({ name, colour, points }) => {
    const value = points.find(([at]) => at === nearest)?.[1];
    return value === undefined ? [] : [{ key: name, style: colour, name, value: short(value) }];
  });
  return { from: nearest, to: nearest, rows: rows.slice(0, 12), total: "" };
}
