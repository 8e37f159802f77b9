// What is scraped and what is tailed, and how that goes.
import { useState } from "preact/hooks";
import { logTargets } from "../api/log_targets.ts";
import { targets } from "../api/prometheus.ts";
import { usePoll } from "../shell/poll.ts";
import { count } from "../shell/text.ts";
import { Trouble } from "../shell/trouble.tsx";
import { FileTable } from "./file_table.tsx";
import { PoolTable } from "./pool_table.tsx";
import { byPool } from "./pools.ts";

/** Between two questions, in milliseconds. */
const EVERY = 5_000;

/** Which targets are shown. */
type Shown = "all" | "down";

/** The page. */
export function TargetsPage() {
  const scraped = usePoll(targets, EVERY);
  const files = usePoll(logTargets, EVERY);
  const [shown, setShown] = useState<Shown>("all");
  const [wanted, setWanted] = useState("");
  const all = scraped.answer ?? [];
  const down = all.filter(({ health }) => health === "down").length;
  const pools = byPool(all.filter((target) => (shown === "all" || target.health === "down") && target.scrapeUrl.concat(target.scrapePool).includes(wanted)));
  return (
    <main class="sheet targets">
      <div class="sheet-head">
        <h1>Targets</h1>
        <div class="switch" role="group" aria-label="Which targets">
          <button type="button" aria-pressed={shown === "all"} onClick={() => setShown("all")}>
            All {count(all.length)}
          </button>
          <button type="button" aria-pressed={shown === "down"} class={down > 0 ? "bad" : ""} onClick={() => setShown("down")}>
            Down {count(down)}
          </button>
        </div>
        <input type="search" placeholder="Find a job or address" aria-label="Find a job or address" value={wanted} onInput={(event) => setWanted(event.currentTarget.value)} />
        <span class="room" />
        <span class="dim">asked again every 5 s</span>
      </div>
      {scraped.failure && <Trouble failure={scraped.failure} />}
      {pools.map((pool) => (
        <PoolTable key={pool.name} pool={pool} />
      ))}
      {scraped.answer?.length === 0 && (
        <p class="edge large dim">
          Nothing is scraped. Write <code>scrape_configs</code>, or push to <code>/api/v1/write</code>.
        </p>
      )}
      {scraped.answer && all.length > 0 && pools.length === 0 && <p class="edge large dim">{shown === "down" && wanted === "" ? "No target is down." : "No target matches."}</p>}
      {files.answer && <h1 class="second">Log files</h1>}
      {files.answer?.map((job) => (
        <FileTable key={job.name} job={job} />
      ))}
      {files.answer?.length === 0 && (
        <p class="dim">
          No file is tailed. Write <code>log_configs</code>, or push to <code>/loki/api/v1/push</code>.
        </p>
      )}
      {files.failure && !files.failure.isStarting && <Trouble failure={files.failure} />}
    </main>
  );
}
