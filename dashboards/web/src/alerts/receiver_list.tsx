// Who can be told, and whether that works.
import type { Integration, Receiver } from "../api/notifications.ts";
import { Since } from "../shell/since.tsx";
import { count } from "../shell/text.ts";

/** Said when nobody is told of anything. */
export function NoReceiver() {
  return (
    <p class="note">
      No receiver is configured: notifications are shown only here. Write <code>alerting</code> with a <code>route</code> and <code>receivers</code> to have them sent.
    </p>
  );
}

/** The receivers. */
export function ReceiverList({ receivers }: { receivers: readonly Receiver[] }) {
  if (receivers.length === 0) return <p class="dim">None. A receiver is where notifications go: Slack, mail, a webhook, and others.</p>;
  return (
    <ul class="receivers">
      {receivers.map(({ name, integrations }) => (
        <li key={name}>
          <b>{name}</b>
          {integrations.length === 0 && <p class="dim">has no way to tell anybody: what is routed here goes nowhere</p>}
          {integrations.map((one) => (
            <Way key={`${one.kind}${one.index}`} way={one} />
          ))}
        </li>
      ))}
    </ul>
  );
}

function Way({ way: { kind, index, sent, failed, last_success, last_failure, last_error } }: { way: Integration }) {
  const isBroken = last_error !== "" && !(Date.parse(last_success) > Date.parse(last_failure));
  return (
    <p>
      <span class={`state ${isBroken ? "down" : sent > 0 ? "up" : "unknown"}`}>{isBroken ? "fails" : sent > 0 ? "works" : "unused"}</span> {kind}[{index}]: {count(sent)} sent
      {sent > 0 && <>, last <Since at={last_success} /></>}
      {failed > 0 && <>; {count(failed)} failed, last <Since at={last_failure} /></>}
      {last_error && <span class="bad"> {last_error}</span>}
    </p>
  );
}
