// Rules that look at nothing: silence from them means nothing.
import type { Selector } from "../api/rules.ts";
import { PageLink } from "../shell/link.tsx";
import { count } from "../shell/text.ts";
import type { BlindRule } from "./rules.ts";

/** Rules that are all told at once, when nothing fires and when something does; of more only the names, so that what fires is seen. */
const TOLD_MAX = { quiet: 3, firing: 1 };

/** Whether so many rules are told at once. */
export const isShort = (many: number, isFiring: boolean): boolean => many <= (isFiring ? TOLD_MAX.firing : TOLD_MAX.quiet);

/** What is shown. */
export interface Props {
  readonly blind: readonly BlindRule[];
  /** Whether an alert waits below. */
  readonly isFiring: boolean;
}

/** The rules, on top of the page since nobody else tells of them. */
export function BlindList({ blind, isFiring }: Props) {
  if (blind.length === 0) return null;
  const isOpen = isShort(blind.length, isFiring);
  return (
    <details class="blind" open={isOpen}>
      <summary>
        {blind.length === 1
          ? "1 rule is blind: what it asks for does not exist, so it may never fire"
          : `${count(blind.length)} rules are blind: what they ask for does not exist, so they may never fire`}
        {!isOpen && <span class="dim">: {blind.map(({ name }) => name).join(", ")}</span>}
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
