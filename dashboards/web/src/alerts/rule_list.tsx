// All rules, group by group.
import type { RuleGroup } from "../api/rules.ts";
import { count } from "../shell/text.ts";
import { formatDuration } from "../time/duration.ts";
import { RuleRow } from "./rule_row.tsx";
import { countRules, isAbout } from "./rules.ts";

/** What is shown. */
export interface Props {
  readonly groups: readonly RuleGroup[];
  /** A word that they have to hold; empty for all. */
  readonly word: string;
  /** The rule that the link is about; empty for none. */
  readonly wanted: string;
}

/** The groups. */
export function RuleList({ groups, word, wanted }: Props) {
  const shown = groups.map((group) => ({ ...group, rules: group.rules.filter((rule) => isAbout(rule, word)) })).filter(({ rules }) => rules.length > 0);
  if (groups.length === 0) return <NoRules />;
  if (shown.length === 0) return <p class="dim">No rule matches.</p>;
  return (
    <>
      {shown.map((group) => (
        <details key={`${group.file}/${group.name}`} class="rule-group" open>
          <summary>
            <h3>{group.name}</h3> <Counts group={group} />
          </summary>
          <ul>
            {group.rules.map((rule, at) => (
              <RuleRow key={`${at}${rule.name}`} rule={rule} group={group} isWanted={rule.name === wanted} />
            ))}
          </ul>
        </details>
      ))}
    </>
  );
}

function Counts({ group: { rules, interval_seconds, file, language } }: { group: RuleGroup }) {
  const { firing, pending, failing } = countRules(rules);
  return (
    <span class="dim">
      {firing > 0 && <b class="bad">{count(firing)} firing </b>}
      {pending > 0 && <b class="warning">{count(pending)} pending </b>}
      {failing > 0 && <b class="bad">{count(failing)} failing </b>}
      {count(rules.length)} {rules.length === 1 ? "rule" : "rules"}
      {language === "logql" && " over logs"}, every {formatDuration(interval_seconds * 1_000)}, {file === "embedded" ? "built in" : file}
    </span>
  );
}

const EXAMPLE = `groups:
- name: first
  rules:
  - alert: TargetDown
    expr: up == 0
    for: 2m
    labels: {severity: critical}
    annotations: {summary: "{{ $labels.instance }} does not answer"}`;

function NoRules() {
  return (
    <>
      <p class="dim">
        No rule is loaded. Name a file like this one in <code>rule_files</code> (in <code>log_rule_files</code> for queries of logs) and reload:
      </p>
      <pre class="card example">{EXAMPLE}</pre>
    </>
  );
}
