// Lines over time, stacked by level; dragging over it zooms in.
import { useRef } from "preact/hooks";
import { Plot } from "../chart/plot.tsx";
import { LEVELS, type Level } from "../lines/level.ts";
import { withStage } from "../logql/pipeline.ts";
import { count, short } from "../shell/text.ts";
import { between } from "../time/range.ts";
import { formatDuration } from "../time/duration.ts";
import type { Histogram } from "./histogram.ts";
import type { Found } from "./search.ts";
import type { View } from "./view.ts";

/** Height of the bars, in pixels. */
const HEIGHT = 72;

/** What the chart shows and tells. */
export interface Props {
  readonly found: Found;
  readonly onShow: (part: Partial<View>) => void;
}

/** The chart. */
export function HistogramChart({ found, onShow }: Props) {
  const last = useRef<Histogram | null>(null);
  if (found.histogram) last.current = found.histogram;
  const histogram = found.histogram ?? (found.histogramPhase === "loading" ? last.current : null);
  const query = found.view?.query ?? "";
  if (!histogram) {
    return <div class="histogram blank">{found.histogramPhase === "failed" ? "The volume could not be counted." : ""}</div>;
  }
  const most = Math.max(1, ...histogram.totals);
  return (
    <div class={`histogram${found.histogramPhase === "loading" ? " stale" : ""}`}>
      <Plot
        span={histogram.span}
        height={HEIGHT}
        most={most}
        label={`${count(histogram.total)} lines in bars of ${formatDuration(histogram.stepMs)}`}
        onZoom={(span) => onShow({ range: between(span), live: false })}
        at={(ms) => tip(histogram, ms)}
      >
        {(width) => <Bars histogram={histogram} width={width} most={most} />}
      </Plot>
      <div class="legend">
        {histogram.levels.map(({ level, total }) => (
          <button key={level} type="button" class={`l-${level}`} title={`Only lines of level ${level}`} onClick={() => onShow({ query: withStage(query, `| ${levelFilter(level)}`) })}>
            <i />
            {level} <span class="dim">{short(total)}</span>
          </button>
        ))}
        <span class="dim legend-step">per {formatDuration(histogram.stepMs)}</span>
      </div>
    </div>
  );
}

function levelFilter(level: Level): string {
  return level === "critical" ? 'detected_level=~"critical|fatal"' : `detected_level="${level}"`;
}

function Bars({ histogram, width, most }: { histogram: Histogram; width: number; most: number }) {
  const wide = width / histogram.totals.length;
  const gap = wide > 4 ? 1 : 0;
  const order = [...histogram.levels].sort((a, b) => LEVELS.indexOf(b.level) - LEVELS.indexOf(a.level));
  const floors = histogram.totals.map(() => 0);
  return (
    <>
      {order.map(({ level, counts }) => {
        const path = counts.map((value, bar) => {
          if (value === 0) return "";
          const floor = floors[bar] ?? 0;
          floors[bar] = floor + value;
          // A single error among thousands of lines is still seen.
          const tall = Math.max(1.5, (value / most) * HEIGHT);
          const top = HEIGHT - (floor / most) * HEIGHT - tall;
          return `M${(bar * wide).toFixed(2)} ${top.toFixed(2)}h${(wide - gap).toFixed(2)}v${tall.toFixed(2)}h${(gap - wide).toFixed(2)}z`;
        });
        return <path key={level} class={`bar l-${level}`} d={path.join("")} />;
      })}
    </>
  );
}

function tip({ span, stepMs, levels, totals }: Histogram, ms: number) {
  const bar = Math.floor((ms - span.from) / stepMs);
  const from = span.from + bar * stepMs;
  const rows = levels.flatMap(({ level, counts }) => (counts[bar] ? [{ key: level, style: `l-${level}`, name: level, value: count(counts[bar]) }] : []));
  return { from, to: from + stepMs, rows, total: count(totals[bar] ?? 0) };
}
