// All that the page of alerts asks for, again and again.
import { type RoutedAlert, type Silence, routedAlerts, silences } from "../api/alertmanager.ts";
import type { Failure } from "../api/fetch.ts";
import { type Told, notifications } from "../api/notifications.ts";
import { type RuleGroup, ruleGroups } from "../api/rules.ts";
import { type Polled, usePoll } from "../shell/poll.ts";

/** Between two questions, in milliseconds. */
export const EVERY_MS = 5_000;

/** What was answered last. In each, `null` says that this Belfry does not tell. */
export interface Answers {
  readonly rules: Polled<readonly RuleGroup[] | null>;
  readonly told: Polled<Told | null>;
  readonly routed: Polled<readonly RoutedAlert[] | null>;
  readonly silences: Polled<readonly Silence[] | null>;
  /** What went wrong, each thing once; the page goes on with what it has. */
  readonly failures: readonly Failure[];
}

/** The answers; everything is asked again at once when `round` changes. */
export function useAnswers(round: number): Answers {
  const key = String(round);
  const asked = {
    rules: usePoll(ruleGroups, EVERY_MS, key),
    told: usePoll(notifications, EVERY_MS, key),
    routed: usePoll(routedAlerts, EVERY_MS, key),
    silences: usePoll(silences, EVERY_MS, key),
  };
  const failures = Object.values(asked).flatMap(({ failure }) => failure ?? []);
  const what = ({ isStarting, message }: Failure): string => (isStarting ? "" : message);
  return { ...asked, failures: failures.filter((one, at) => failures.findIndex((other) => what(other) === what(one)) === at) };
}
