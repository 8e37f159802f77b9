// Silences: what is held back, until when, by whom and why.
import { type Silence, expireSilence } from "../api/alertmanager.ts";
import { Since } from "../shell/since.tsx";
import { useStore } from "../shell/store.ts";
import { count } from "../shell/text.ts";
import type { ActiveAlert } from "./active.ts";
import type { Desk } from "./desk.ts";
import { draftFrom, draftOf } from "./draft.ts";
import { formatMatchers, takes } from "./matchers.ts";
import { SilenceForm } from "./silence_form.tsx";

/** Silences that are over and still shown. */
const OVER_MAX = 30;

/** Where the form of a new silence stands. */
const NEW = "new";

/** What is shown. */
export interface Props {
  readonly silences: readonly Silence[];
  readonly alerts: readonly ActiveAlert[];
  readonly desk: Desk;
}

/** The list. */
export function SilenceList({ silences, alerts, desk }: Props) {
  const open = useStore(desk);
  const end = ({ endsAt }: Silence): number => Date.parse(endsAt);
  const inForce = silences.filter(({ status }) => status.state !== "expired").sort((a, b) => end(a) - end(b));
  const over = silences.filter(({ status }) => status.state === "expired").sort((a, b) => end(b) - end(a));
  const row = (silence: Silence) => <Row key={silence.id} silence={silence} alerts={alerts} desk={desk} />;
  return (
    <>
      {inForce.length === 0 && (
        <p class="dim">
          Nothing is silenced. A silence holds the notifications of some alerts back for a while, say during an upgrade; the alerts are still seen here.
        </p>
      )}
      <ul class="silences">{inForce.map(row)}</ul>
      <p class="acts">
        <button type="button" aria-expanded={open?.at === NEW} onClick={() => desk.toggle(NEW, draftOf("{}"))}>
          New silence…
        </button>
      </p>
      {open?.at === NEW && <SilenceForm draft={open.draft} desk={desk} alerts={alerts} />}
      {over.length > 0 && (
        <details class="over">
          <summary class="dim">{count(over.length)} expired</summary>
          <ul class="silences">{over.slice(0, OVER_MAX).map(row)}</ul>
        </details>
      )}
    </>
  );
}

function Row({ silence, alerts, desk }: { silence: Silence; alerts: readonly ActiveAlert[]; desk: Desk }) {
  const open = useStore(desk);
  const { id, status: { state }, matchers, createdBy, comment, startsAt, endsAt } = silence;
  const taken = alerts.filter(({ labels }) => takes(matchers, labels)).length;
  const isOver = state === "expired";
  return (
    <li class={`silence ${state}`}>
      <p>
        <span class={`state ${state}`}>{state}</span> <code>{formatMatchers(matchers)}</code>
        {!isOver && taken > 0 && <span class="dim"> takes {count(taken)} active {taken === 1 ? "alert" : "alerts"}</span>}
      </p>
      <p>
        {state === "pending" && <>begins <Since at={startsAt} />, </>}
        {isOver ? "ended" : "ends"} <Since at={endsAt} />, by <b>{createdBy || "somebody"}</b>
        {comment && <>: {comment}</>}
      </p>
      <p class="acts">
        <button type="button" aria-expanded={open?.at === id} onClick={() => desk.toggle(id, draftFrom(silence))}>
          {isOver ? "Again…" : "Edit or extend…"}
        </button>
        {!isOver && (
          <button type="button" onClick={() => void desk.attempt("silence expired", () => expireSilence(id))}>
            Expire
          </button>
        )}
      </p>
      {open?.at === id && <SilenceForm draft={open.draft} desk={desk} alerts={alerts} />}
    </li>
  );
}
