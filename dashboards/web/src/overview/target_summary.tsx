// The jobs with their targets as small squares, and the errors of those that are down.
import type { Target } from "../api/prometheus.ts";
import { byPool } from "../targets/pools.ts";

/** Errors that are shown; the others stand on the page of targets. */
const ERRORS_MAX = 5;

/** The summary; nothing before there is an answer. */
export function TargetSummary({ targets }: { targets: readonly Target[] | null }) {
  if (!targets) return null;
  if (targets.length === 0) return <p class="dim">Nothing is scraped yet.</p>;
  const errors = targets.filter(({ lastError }) => lastError !== "");
  return (
    <>
      <ul class="jobs">
        {byPool(targets).map((pool) => (
          <li key={pool.name}>
            <span>{pool.name}</span>
            <span class="squares">
              {pool.targets.map((target) => (
                <i key={target.scrapeUrl} class={`square ${target.health}`} title={`${target.scrapeUrl}: ${target.lastError || target.health}`} />
              ))}
            </span>
            <span class={`number ${pool.up === pool.targets.length ? "dim" : "bad"}`}>
              {pool.up} of {pool.targets.length}
            </span>
          </li>
        ))}
      </ul>
      {errors.slice(0, ERRORS_MAX).map((target) => (
        <p key={target.scrapeUrl} class="job-error">
          <b>{target.scrapeUrl}</b> {target.lastError}
        </p>
      ))}
    </>
  );
}
