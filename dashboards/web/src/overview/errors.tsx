// The newest lines of level error and worse, of all services.
import { queryRange } from "../api/loki.ts";
import { type Entry, newestFirst } from "../lines/entry.ts";
import { piecesOf } from "../lines/pieces.ts";
import { follow, href } from "../shell/location.ts";
import { usePoll } from "../shell/poll.ts";
import { settings } from "../shell/settings.ts";
import { useStore } from "../shell/store.ts";
import { nsOf } from "../time/nanos.ts";
import { formatClock } from "../time/zone.ts";

const QUERY = '{service_name=~".+"} | detected_level=~"error|critical|fatal"';

/** Lines that are shown. */
const SHOWN = 8;

const newest = async (signal: AbortSignal): Promise<readonly Entry[]> => {
  const now = Date.now();
  const question = { query: QUERY, start: nsOf(now - 3_600_000), end: nsOf(now), limit: SHOWN, direction: "backward", stepMs: 0 } as const;
  const { result } = await queryRange(question, signal);
  return result.kind === "lines" ? newestFirst(result.streams) : [];
};

/** The lines. */
export function RecentErrors() {
  const { zone } = useStore(settings);
  const { answer } = usePoll(newest, 15_000);
  const search = new URLSearchParams({ query: QUERY }).toString();
  if (!answer) return null;
  return (
    <>
      <h2>
        Newest errors
        <a href={href("logs", search)} onClick={(event) => follow(event, "logs", search)}>
          all of the last hour
        </a>
      </h2>
      {answer.length === 0 && <p class="dim">No line of level error in the last hour.</p>}
      <div class="recent">
        {answer.map((entry) => (
          <p key={entry.id} class={`line l-${entry.level}`}>
            <span class="line-head">
              <time class="line-time">{formatClock(entry.ms, zone)}</time>
              <span class="line-tells">{entry.labels["service_name"] ?? ""}</span>
              <span class="line-text">{piecesOf(entry.line, [], 500).pieces.map(({ text }) => text)}</span>
            </span>
          </p>
        ))}
      </div>
    </>
  );
}
