// Rules that look at nothing: silence from them means nothing.
import type { Selector } from "../api/rules.ts";
import { PageLink } from "../shell/link.tsx";
import { count } from "../shell/text.ts";
import type { BlindRule } from "./rules.ts";

/** Blind rules that are all told at once; of more only the names, so that what fires is seen. */
const TOLD_MAX = 3;

/** The rules, on top of the page since nobody else tells of them. */
export function BlindList({ blind }: { blind: readonly BlindRule[] }) {
  if (blind.length === 0) return null;
  return (
    <details class="blind" open={blind.length <= TOLD_MAX}>
      <summary>
        {blind.length === 1
          ? "1 rule is blind: what it asks for does not exist, so it may never fire"
          : `${count(blind.length)} rules are blind: what they ask for does not exist, so they may never fire`}
        {blind.length > TOLD_MAX && <span class="dim">: {blind.map(({ name }) => name).join(", ")}</span>}
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
