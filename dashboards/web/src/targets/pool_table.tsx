// The targets of one job.
import type { Target } from "../api/prometheus.ts";
import { LabelList } from "../shell/label_list.tsx";
import { roughDuration } from "../time/duration.ts";
import { type Pool, ago } from "./pools.ts";

/** The table. */
export function PoolTable({ pool }: { pool: Pool }) {
  const { name, targets, up } = pool;
  return (
    <section class="pool scraped">
      <h2>
        {name} <span class={up === targets.length ? "good" : "bad"}>{up} of {targets.length} up</span>
      </h2>
      <table>
        <thead>
          <tr>
            <th class="narrow">State</th>
            <th>Target</th>
            <th>Labels</th>
            <th class="number">Last scrape</th>
            <th class="number">Took</th>
            <th class="number">Every</th>
          </tr>
        </thead>
        <tbody>
          {targets.map((target) => (
            <Row key={target.scrapeUrl + JSON.stringify(target.labels)} target={target} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ target }: { target: Target }) {
  const { health, scrapeUrl, labels, lastError, lastScrape, lastScrapeDuration, scrapeInterval } = target;
  const since = ago(lastScrape, Date.now());
  return (
    <>
      <tr class={lastError ? "has-error" : ""}>
        <td>
          <span class={`state ${health}`}>{health}</span>
        </td>
        <td>
          {/^https?:/.test(scrapeUrl) ? (
            <a href={scrapeUrl} rel="noreferrer">
              {scrapeUrl}
            </a>
          ) : (
            scrapeUrl
          )}
        </td>
        <td>
          <LabelList labels={labels} />
        </td>
        <td class="number">{since === null ? "never" : `${roughDuration(since)} ago`}</td>
        <td class="number">{since === null ? "" : took(lastScrapeDuration)}</td>
        <td class="number dim">{scrapeInterval}</td>
      </tr>
      {lastError && (
        <tr class="error-row">
          <td />
          <td colspan={5}>{lastError}</td>
        </tr>
      )}
    </>
  );
}

function took(seconds: number): string {
  return seconds >= 1 ? `${seconds.toFixed(2)} s` : `${(seconds * 1_000).toFixed(seconds < 0.01 ? 1 : 0)} ms`;
}
