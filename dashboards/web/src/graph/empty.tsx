// What stands on the page of graphs before anything was asked.

const EXAMPLES: readonly (readonly [expr: string, what: string])[] = [
  ["up", "what is scraped: 1 answers, 0 does not"],
  ["sum by (job) (scrape_samples_scraped)", "samples that each job brings"],
  ["rate(process_cpu_seconds_total[5m])", "processor time a second, over five minutes"],
];

/** Three queries to begin with. */
export function EmptyGraph({ onExpr }: { onExpr: (expr: string) => void }) {
  return (
    <div class="empty">
      <h2>Ask for metrics</h2>
      <p class="dim">
        A query in PromQL names a metric, and may narrow it by labels: <code>up{'{job="belfry"}'}</code>. The table shows its values at one time, the graph over time.
      </p>
      <ul class="examples">
        {EXAMPLES.map(([expr, what]) => (
          <li key={expr}>
            <button type="button" class="code" onClick={() => onExpr(expr)}>
              {expr}
            </button>
            <span class="dim">{what}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
