// Who was told of an alert, when, and how that went; and why nobody was.
import type { Notification } from "../api/notifications.ts";
import { Since } from "../shell/since.tsx";
import { formatDuration } from "../time/duration.ts";
import type { ActiveAlert } from "./active.ts";
import { byWay } from "./ways.ts";

/** What is known. */
export interface Props {
  readonly alert: ActiveAlert;
  /** Null when this Belfry does not tell. */
  readonly hasReceiver: boolean | null;
}

/** The notifications of one alert. */
export function ToldOf({ alert, hasReceiver }: Props) {
  const { notifications } = alert;
  if (notifications.length === 0) return <p class="told dim">{whyNobody(alert, hasReceiver)}</p>;
  const { newest, rest } = byWay(notifications);
  return (
    <>
      <ul class="told">{newest.map(row)}</ul>
      {rest.length > 0 && (
        <details class="told">
          <summary class="dim">{rest.length} earlier</summary>
          <ul>{rest.map(row)}</ul>
        </details>
      )}
    </>
  );
}

function row({ at, receiver, integration, status, outcome, attempts, error }: Notification) {
  return (
    <li key={`${at}${receiver}${integration}`}>
      <span class={`outcome ${outcome}`}>{outcome}</span> <b>{receiver}</b> by {integration}
      {status === "resolved" && ", as resolved"}
      {attempts > 1 && ` after ${attempts} attempts`}, <Since at={at} />
      {error && <span class="bad"> {error}</span>}
    </li>
  );
}

function whyNobody({ state, hushes, rule, since }: ActiveAlert, hasReceiver: boolean | null): string {
  if (state === "pending") {
    const left = since + (rule?.for_seconds ?? 0) * 1_000 - Date.now();
    return left > 0 ? `Nobody was told: it fires when it holds for ${formatDuration(Math.ceil(left / 1_000) * 1_000)} more.` : "Nobody was told: it has not fired yet.";
  }
  if (hushes.length > 0) return "Nobody was told.";
  if (hasReceiver === null) return "";
  return hasReceiver ? "Nobody was told yet." : "Nobody was told: no receiver is configured.";
}
