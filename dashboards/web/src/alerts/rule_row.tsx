// One rule: its state in a line, all about it when opened.
import { useEffect, useRef } from "preact/hooks";
import type { Rule, RuleGroup } from "../api/rules.ts";
import { LabelList } from "../shell/label_list.tsx";
import { PageLink } from "../shell/link.tsx";
import { place } from "../shell/location.ts";
import { Since } from "../shell/since.tsx";
import { useStore } from "../shell/store.ts";
import { formatDuration } from "../time/duration.ts";
import { because } from "./blind_list.tsx";
import { queryLink } from "./links.ts";
import { formatValue, isBlind } from "./rules.ts";

/** What is shown. */
export interface Props {
  readonly rule: Rule;
  readonly group: RuleGroup;
  /** Whether the link is about it: it is opened and shown. */
  readonly isWanted: boolean;
}

/** The rule. */
export function RuleRow({ rule, group, isWanted }: Props) {
  const row = useRef<HTMLDetailsElement>(null);
  // The same link again leads here again.
  const link = useStore(place);
  useEffect(() => {
    const element = row.current;
    if (!isWanted || !element) return;
    element.open = true;
    element.closest<HTMLDetailsElement>(".rule-group")!.open = true;
    element.scrollIntoView({ block: "center" });
  }, [isWanted, link]);
  const { name, kind, health, alerts = [] } = rule;
  const state = kind === "recording" ? kind : rule.state ?? "inactive";
  return (
    <li>
      <details ref={row} class="rule">
        <summary>
          <span class={`state ${state}`}>{state}</span>
          <b>{name}</b>
          {isBlind(rule) && <span class="warning">blind</span>}
          {health === "err" && <span class="bad">failing</span>}
          {alerts.length > 1 && <span class="dim">{alerts.length} alerts</span>}
        </summary>
        <dl class="facts">
          <Facts rule={rule} group={group} />
        </dl>
      </details>
    </li>
  );
}

function Facts({ rule, group }: { rule: Rule; group: RuleGroup }) {
  const { query, health, last_error, last_evaluation, evaluation_seconds, labels, annotations = {}, selectors, alerts = [], kind } = rule;
  return (
    <>
      <dt>Query</dt>
      <dd>
        <PageLink to={queryLink(rule, group, Date.now())}>
          <code class="query">{query}</code>
        </PageLink>
      </dd>
      {kind === "alerting" && <dt>For</dt>}
      {kind === "alerting" && <dd>{holds(rule)}</dd>}
      {alerts.length > 0 && <dt>Values</dt>}
      {alerts.map(({ fingerprint, value, labels: own, state }) => (
        <dd key={fingerprint} class="value">
          <b>{formatValue(value)}</b> <span class={`state ${state}`}>{state}</span> <LabelList labels={own} />
        </dd>
      ))}
      {selectors.length > 0 && <dt>Sees</dt>}
      {selectors.map((selector) => (
        <dd key={selector.selector}>
          <code>{selector.selector}</code>{" "}
          {selector.series === 0 ? <span class="warning">nothing{because(selector)}</span> : <span class="dim">{selector.series} series</span>}
        </dd>
      ))}
      <dt>Evaluated</dt>
      <dd>
        <Since at={last_evaluation} />
        {last_evaluation && `, took ${formatDuration(Math.max(1, evaluation_seconds * 1_000))}`}
        {health === "err" && <p class="bad">{last_error}</p>}
      </dd>
      {Object.keys(labels).length > 0 && <dt>Labels</dt>}
      {Object.keys(labels).length > 0 && <dd><LabelList labels={labels} /></dd>}
      {Object.entries(annotations).map(([name, text]) => [<dt key={`${name}:`}>{name}</dt>, <dd key={name}>{text}</dd>])}
    </>
  );
}

function holds({ for_seconds = 0, keep_firing_for_seconds = 0 }: Rule): string {
  const first = for_seconds === 0 ? "fires at once" : `${formatDuration(for_seconds * 1_000)}, then it fires`;
  return keep_firing_for_seconds === 0 ? first : `${first}, and goes on for ${formatDuration(keep_firing_for_seconds * 1_000)} afterwards`;
}
