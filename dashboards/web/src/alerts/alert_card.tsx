// One alert: what is wrong, since when, who knows of it, and where to go on.
import { LabelList } from "../shell/label_list.tsx";
import { PageLink } from "../shell/link.tsx";
import { Lasting } from "../shell/since.tsx";
import { useStore } from "../shell/store.ts";
import type { ActiveAlert } from "./active.ts";
import type { Desk } from "./desk.ts";
import { draftFor } from "./draft.ts";
import { HushLine } from "./hush_line.tsx";
import { logsLink, queryLink } from "./links.ts";
import { formatValue } from "./rules.ts";
import { SilenceForm } from "./silence_form.tsx";
import { ToldOf } from "./told.tsx";

/** What is shown. */
export interface Props {
  readonly alert: ActiveAlert;
  readonly alerts: readonly ActiveAlert[];
  readonly desk: Desk;
  readonly hasReceiver: boolean | null;
}

/** The alert. */
export function AlertCard({ alert, alerts, desk, hasReceiver }: Props) {
  const open = useStore(desk);
  const { fingerprint, name, severity, state, annotations, since, value, hushes, labels } = alert;
  const isOpen = open?.at === fingerprint;
  const summary = annotations["summary"] ?? annotations["description"] ?? "";
  const more = summary === annotations["description"] ? "" : annotations["description"];
  return (
    <li class={`alert card ${state} ${rankOf(severity)}${hushes.length > 0 ? " hushed" : ""}`}>
      <p class="alert-head">
        <span class={`state ${state}`}>{state}</span>
        {[...new Set(hushes.map(({ kind }) => kind))].map((kind) => (
          <span key={kind} class={`state ${kind}`}>{kind}</span>
        ))}
        {severity && <span class="severity">{severity}</span>}
        <b class="alert-name">{name}</b>
        <span class="room" />
        <Lasting since={since} />
      </p>
      {summary && <p class="summary">{summary}</p>}
      {more && <p class="dim">{more}</p>}
      <p class="alert-facts">
        {value !== null && (
          <span title={String(value)}>
            value <b>{formatValue(value)}</b>
          </span>
        )}
        <LabelList labels={beyondName(labels)} />
      </p>
      {hushes.map((hush) => (
        <HushLine key={hush.kind === "silenced" ? hush.id : hush.by} hush={hush} />
      ))}
      <ToldOf alert={alert} hasReceiver={hasReceiver} />
      <Acts alert={alert} isOpen={isOpen} onSilence={() => desk.toggle(fingerprint, draftFor(labels))} />
      {isOpen && <SilenceForm draft={open.draft} desk={desk} alerts={alerts} />}
    </li>
  );
}

function Acts({ alert, isOpen, onSilence }: { alert: ActiveAlert; isOpen: boolean; onSilence: () => void }) {
  const { labels, since, rule, group, generator, annotations, name } = alert;
  const logs = logsLink(labels, since, Date.now());
  const outside: readonly (readonly [string, string])[] = [["Runbook", annotations["runbook_url"] ?? ""], ["Source", generator]];
  return (
    <div class="acts">
      {rule && group && <PageLink class="button" to={queryLink(rule, group, Date.now())}>Query</PageLink>}
      {logs && <PageLink class="button" to={logs}>Logs</PageLink>}
      {rule && <PageLink class="button" to={{ page: "alerts", search: new URLSearchParams({ rule: name }).toString() }}>Rule</PageLink>}
      {outside.map(([title, url]) => /^https?:/.test(url) && (
        <a key={title} class="button" href={url} rel="noreferrer">
          {title}
        </a>
      ))}
      <button type="button" aria-expanded={isOpen} onClick={onSilence}>
        Silence…
      </button>
    </div>
  );
}

/** The name and the severity stand in the head already. */
function beyondName({ alertname: _, severity: __, ...rest }: ActiveAlert["labels"]): ActiveAlert["labels"] {
  return rest;
}

function rankOf(severity: string): string {
  if (/^(page|critical|error|fatal)$/i.test(severity)) return "high";
  return /^(info|none)$/i.test(severity) ? "low" : "middle";
}
