// A time as people ask for it: how far away, and when that is on the clock.
import { roughDuration } from "../time/duration.ts";
import { type Zone, formatClock, formatDay, formatTime } from "../time/zone.ts";
import { settings } from "./settings.ts";
import { useStore } from "./store.ts";

const SECOND = 1_000;

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
  return (
    <time class="since" dateTime={new Date(ms).toISOString()}>
      {ms > now ? `in ${far}` : now - ms < SECOND ? "just now" : `${far} ago`}
      <span class="dim">, {when(ms, now, zone)}</span>
    </time>
  );
}

/** `for 12m 3s, since 03:12:09`; nothing when nobody says. */
export function Lasting({ since }: { readonly since: number }) {
  const { zone } = useStore(settings);
  if (Number.isNaN(since) || since <= 0) return null;
  const now = Date.now();
  return (
    <time class="since" dateTime={new Date(since).toISOString()}>
      for {roughDuration(Math.max(SECOND, now - since))}
      <span class="dim">, since {when(since, now, zone)}</span>
    </time>
  );
}

/** The day only when it is another one. */
function when(ms: number, now: number, zone: Zone): string {
  return formatDay(ms, zone) === formatDay(now, zone) ? formatClock(ms, zone) : formatTime(ms, zone);
}
