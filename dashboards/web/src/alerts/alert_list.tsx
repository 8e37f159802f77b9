// The active alerts, or why there is none.
import type { RuleGroup } from "../api/rules.ts";
import { count } from "../shell/text.ts";
import type { ActiveAlert } from "./active.ts";
import { AlertCard } from "./alert_card.tsx";
import type { Desk } from "./desk.ts";
import { blindRules } from "./rules.ts";

/** Alerts that are drawn: nobody reads more. */
const SHOWN_MAX = 200;

/** What is shown. */
export interface Props {
  readonly alerts: readonly ActiveAlert[];
  /** A word that they have to hold; empty for all. */
  readonly word: string;
  readonly groups: readonly RuleGroup[];
  readonly desk: Desk;
  readonly hasReceiver: boolean | null;
}

/** The list. */
export function AlertList({ alerts, word, groups, desk, hasReceiver }: Props) {
  const wanted = alerts.filter(({ name, annotations, labels }) => [name, ...Object.values(annotations), ...Object.values(labels)].some((text) => text.toLowerCase().includes(word)));
  if (alerts.length === 0) return <Quiet groups={groups} />;
  if (wanted.length === 0) return <p class="edge large dim">No active alert matches.</p>;
  return (
    <>
      <ul class="alert-list">
        {wanted.slice(0, SHOWN_MAX).map((alert) => (
          <AlertCard key={`${alert.group?.file ?? ""} ${alert.group?.name ?? ""} ${alert.fingerprint}`} alert={alert} alerts={alerts} desk={desk} hasReceiver={hasReceiver} />
        ))}
      </ul>
      {wanted.length > SHOWN_MAX && <p class="edge dim">{count(wanted.length - SHOWN_MAX)} more alerts are not shown; a word above finds them.</p>}
    </>
  );
}

function Quiet({ groups }: { groups: readonly RuleGroup[] }) {
  const rules = groups.flatMap((group) => group.rules).filter(({ kind }) => kind === "alerting");
  const blind = blindRules(groups).length;
  if (rules.length === 0) {
    return (
      <p class="quiet card">
        No alert, and no rule that could raise one. A rule is a query with a time: when its answer is not empty for that long, it
        fires. Write some into a file that <code>rule_files</code> names.
      </p>
    );
  }
  return (
    <p class="quiet card">
      <b class={blind === 0 ? "good" : ""}>Nothing fires.</b> {count(rules.length)} {rules.length === 1 ? "rule is" : "rules are"} watched
      {blind > 0 && `, of which ${count(blind)} cannot see all that ${blind === 1 ? "it asks" : "they ask"} for`}. An alert stands here as soon as the query of a rule has an answer.
    </p>
  );
}
