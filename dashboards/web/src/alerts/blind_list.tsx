// Rules that look at nothing: silence from them means nothing.
import type { Selector } from "../api/rules.ts";
import { PageLink } from "../shell/link.tsx";
import { count } from "../shell/text.ts";
import type { BlindRule } from "./rules.ts";

/** The rules, on top of the page since nobody else tells of them. */
export function BlindList({ blind }: { blind: readonly BlindRule[] }) {
  if (blind.length === 0) return null;
  return (
    <details class="blind" open>
      <summary>
        {count(blind.length)} {blind.length === 1 ? "rule is" : "rules are"} blind: what {blind.length === 1 ? "it asks" : "they ask"} for does not exist, so {blind.length === 1 ? "it" : "they"} may never fire
      </summary>
      <ul>
        {blind.map(({ name, group, selectors }) => (
          <li key={`${group}/${name}`}>
            <PageLink to={{ page: "alerts", search: new URLSearchParams({ rule: name }).toString() }}>
              <b>{name}</b>
            </PageLink>
            {selectors.map((selector) => (
              <p key={selector.selector}>
                <code>{selector.selector}</code> matches nothing{because(selector)}
              </p>
            ))}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** The sentence goes on with what does not exist. */
export function because({ missing }: Selector): string {
  if (!missing) return " now.";
  if (missing.text) return `: ${missing.text}.`;
  const { part, name, value } = missing;
  const what = { metric: `there is no metric ${name}`, label: `no series of it has the label ${name}`, value: `${name} never is ${value}` };
  return `: ${what[part]}.`;
}
