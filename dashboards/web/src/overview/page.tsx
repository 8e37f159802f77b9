// How it all is, on one screen: the daemon, the targets, who writes, and where to go on.
import type { ComponentChildren } from "preact";
import { blindRules, countAlerts, failingRules } from "../alerts/rules.ts";
import { volumes } from "../api/loki.ts";
import { targets } from "../api/prometheus.ts";
import { ruleGroups } from "../api/rules.ts";
import { type Status, status } from "../api/status.ts";
import { PageLink } from "../shell/link.tsx";
import { usePoll } from "../shell/poll.ts";
import { settings } from "../shell/settings.ts";
import { useStore } from "../shell/store.ts";
import { count } from "../shell/text.ts";
import { Trouble } from "../shell/trouble.tsx";
import { follow, href } from "../shell/location.ts";
import { roughDuration } from "../time/duration.ts";
import { formatTime } from "../time/zone.ts";
import { RecentErrors } from "./errors.tsx";
import { Links } from "./links.tsx";
import { TargetSummary } from "./target_summary.tsx";
import { Writers } from "./writers.tsx";

const HOUR = 3_600_000;

const lastHour = (signal: AbortSignal) => volumes("service_name", { from: Date.now() - HOUR, to: Date.now() }, signal);

/** The page. */
export function OverviewPage() {
  const { zone } = useStore(settings);
  const daemon = usePoll(status, 10_000);
  const scraped = usePoll(targets, 10_000);
  const written = usePoll(lastHour, 30_000);
  const down = scraped.answer?.filter(({ health }) => health === "down").length ?? 0;
  const started = daemon.answer ? Date.parse(daemon.answer.startTime) : 0;
  return (
    <main class="sheet overview">
      {daemon.failure && <Trouble failure={daemon.failure} />}
      {daemon.answer && !daemon.answer.reloadSucceeded && <p class="trouble">The last reload of the config failed: the one before is in force.</p>}
      {daemon.answer?.blog && <Blog blog={daemon.answer.blog} />}
      <dl class="tiles">
        <AlertTile />
        <Tile name="Targets" value={scraped.answer ? `${count(scraped.answer.length - down)} up` : "…"} more={down > 0 ? `${count(down)} down` : "none down"} isBad={down > 0} />
        <Tile name="Series in memory" value={daemon.answer ? count(daemon.answer.series) : "…"} more={daemon.answer ? `kept for ${daemon.answer.retention}` : ""} />
        <Tile name="Writing services" value={written.answer ? count(written.answer.length) : "…"} more="in the last hour" />
        <Tile name="Up for" value={started ? roughDuration(Date.now() - started) : "…"} more={started ? `since ${formatTime(started, zone)}` : ""} />
        <Tile name="Version" value={daemon.answer?.version ?? "…"} more="" />
      </dl>
      <div class="columns">
        <section>
          <h2>
            Targets
            <a href={href("targets")} onClick={(event) => follow(event, "targets")}>all</a>
          </h2>
          <TargetSummary targets={scraped.answer} />
        </section>
        <section>
          <h2>
            Log volume, last hour
            <a href={href("logs")} onClick={(event) => follow(event, "logs")}>search</a>
          </h2>
          <Writers written={written.answer} failure={written.failure} />
        </section>
        <section class="wide">
          <RecentErrors />
        </section>
        <section class="wide">
          <h2>Ask it</h2>
          <Links />
        </section>
      </div>
    </main>
  );
}

function Blog({ blog }: { blog: NonNullable<Status["blog"]> }) {
  if (blog.failure) return <p class="trouble">The demonstration blog at {blog.address} failed: {blog.failure}</p>;
  const address = `http://${blog.address}`;
  return (
    <p class="blog dim">
      The demonstration blog {blog.running ? "runs" : "starts"} at <a href={`${address}/api/posts`}>{address}</a>: write a post and see its line in{" "}
      <a href={href("logs")} onClick={(event) => follow(event, "logs")}>the logs</a>.
    </p>
  );
}

/** What fires; not there when this Belfry does not tell. */
function AlertTile() {
  const { answer } = usePoll(ruleGroups, 10_000);
  if (!answer) return null;
  const { firing, pending } = countAlerts(answer);
  const value = <PageLink to={{ page: "alerts", search: "" }}>{firing > 0 ? `${count(firing)} firing` : "none"}</PageLink>;
  // Rules that cannot fire are told too: "none" would mean little.
  const kinds = [[pending, "pending"], [failingRules(answer).length, "failing"], [blindRules(answer).length, "blind"]] as const;
  const more = kinds.filter(([many], at) => at === 0 || many > 0).map(([many, name]) => `${count(many)} ${name}`).join(", ");
  return <Tile name="Alerts" value={value} more={more} isBad={firing > 0} />;
}

function Tile({ name, value, more, isBad }: { name: string; value: ComponentChildren; more: string; isBad?: boolean }) {
  return (
    <div class={`tile card${isBad ? " bad" : ""}`}>
      <dt>{name}</dt>
      <dd>
        {value}
        <small>{more}</small>
      </dd>
    </div>
  );
}
