// Rules that cannot be evaluated: nobody is told of what they watch.
import { PageLink } from "../shell/link.tsx";
import { count } from "../shell/text.ts";
import { isShort } from "./blind_list.tsx";
import type { failingRules } from "./rules.ts";

/** What is shown. */
export interface Props {
  readonly failing: ReturnType<typeof failingRules>;
  /** Whether an alert waits below. */
  readonly isFiring: boolean;
}

/** The rules, on top of the page as the blind ones are: their silence means nothing either. */
export function FailingList({ failing, isFiring }: Props) {
  if (failing.length === 0) return null;
  const isOpen = isShort(failing.length, isFiring);
  return (
    <details class="blind failing" open={isOpen}>
      <summary>
        {failing.length === 1 ? "1 rule fails: it cannot tell whether it should fire" : `${count(failing.length)} rules fail: they cannot tell whether they should fire`}
        {!isOpen && <span class="dim">: {failing.map(({ rule }) => rule.name).join(", ")}</span>}
      </summary>
      <ul>
        {failing.map(({ rule, group }) => (
          <li key={`${group}/${rule.name}`}>
            <PageLink to={{ page: "alerts", search: new URLSearchParams({ rule: rule.name }).toString() }}>
              <b>{rule.name}</b>
            </PageLink>
            <p class="bad">{rule.last_error}</p>
          </li>
        ))}
      </ul>
    </details>
  );
}
