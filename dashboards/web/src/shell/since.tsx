// A time as people ask for it: how far away, and when that is on the clock.
import { roughDuration } from "../time/duration.ts";
import { formatClock, formatDay, formatTime } from "../time/zone.ts";
import { settings } from "./settings.ts";
import { useStore } from "./store.ts";

/** What is shown. */
export interface Props {
  /** Milliseconds, or RFC 3339. */
  readonly at: number | string;
}

/** `12m 3s ago, 03:12:09` or `in 2h, 05:12:09`; `never` for a time that never was. */
export function Since({ at }: Props) {
  const { zone } = useStore(settings);
  const ms = typeof at === "number" ? at : Date.parse(at);
  if (Number.isNaN(ms) || ms <= 0) return <span class="since dim">never</span>;
  const now = Date.now();
  const far = roughDuration(Math.abs(now - ms));
  const today = formatDay(ms, zone) === formatDay(now, zone);
  return (
    <time class="since" dateTime={new Date(ms).toISOString()}>
      {ms > now ? `in ${far}` : `${far} ago`}
      <span class="dim">, {today ? formatClock(ms, zone) : formatTime(ms, zone)}</span>
    </time>
  );
}
