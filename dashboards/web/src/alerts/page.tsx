// The page of alerts, for whoever is called at night: what is wrong, who knows, what to do.
import type { RefObject } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { place } from "../shell/location.ts";
import { useSlash } from "../shell/slash.ts";
import { useStore } from "../shell/store.ts";
import { count } from "../shell/text.ts";
import { Trouble } from "../shell/trouble.tsx";
import { type ActiveAlert, activeAlerts } from "./active.ts";
import { AlertList } from "./alert_list.tsx";
import { BlindList } from "./blind_list.tsx";
import { Desk, FROM_LINK } from "./desk.ts";
import { draftOf } from "./draft.ts";
import { FailingList } from "./failing_list.tsx";
import { type Answers, EVERY_MS, useAnswers } from "./known.ts";
import { NoReceiver, ReceiverList } from "./receiver_list.tsx";
import { RuleList } from "./rule_list.tsx";
import { blindRules, failingRules } from "./rules.ts";
import { SilenceForm } from "./silence_form.tsx";
import { SilenceList } from "./silence_list.tsx";

/** The page. */
export function AlertsPage() {
  const { search } = useStore(place);
  const link = useMemo(() => new URLSearchParams(search), [search]);
  const [round, setRound] = useState(0);
  const [desk] = useState(() => new Desk(() => setRound((rounds) => rounds + 1)));
  const [word, setWord] = useState("");
  const open = useStore(desk);
  const field = useRef<HTMLInputElement>(null);
  useSlash(field);
  const answers = useAnswers(round);
  const { rules, told, routed, silences } = answers;
  const groups = rules.answer ?? [];
  const alerts = activeAlerts({ groups, routed: routed.answer ?? [], silences: silences.answer ?? [], notifications: told.answer?.notifications ?? [] });
  const firing = alerts.filter(({ state }) => state === "firing").length;
  const silence = link.get("silence");
  useEffect(() => {
    if (silence !== null) desk.set({ at: FROM_LINK, draft: draftOf(silence) });
  }, [silence]);
  useEffect(() => {
    document.title = `${firing > 0 ? `(${firing}) ` : ""}Alerts · Belfry`;
  }, [firing]);
  const hasReceiver = told.answer ? told.answer.receivers.length > 0 : null;
  const small = word.trim().toLowerCase();
  return (
    <main class="sheet alerts" aria-busy={rules.at === 0 && !rules.failure}>
      <Head alerts={alerts} answers={answers} field={field} word={word} onWord={setWord} />
      <Troubles answers={answers} />
      {hasReceiver === false && <NoReceiver />}
      {open?.at === FROM_LINK && <SilenceForm key={open.draft.matchers} draft={open.draft} desk={desk} alerts={alerts} />}
      <FailingList failing={failingRules(groups)} isFiring={firing > 0} />
      <BlindList blind={blindRules(groups)} isFiring={firing > 0} />
      {(rules.answer ?? routed.answer) && <AlertList alerts={alerts} word={small} groups={groups} desk={desk} hasReceiver={hasReceiver} />}
      {rules.answer && <h2>Rules</h2>}
      {rules.answer && <RuleList groups={groups} word={small} wanted={link.get("rule") ?? ""} />}
      {silences.answer && <h2>Silences</h2>}
      {silences.answer && <SilenceList silences={silences.answer} alerts={alerts} desk={desk} />}
      {told.answer && <h2>Receivers</h2>}
      {told.answer && <ReceiverList receivers={told.answer.receivers} />}
    </main>
  );
}

interface HeadProps {
  readonly alerts: readonly ActiveAlert[];
  readonly answers: Answers;
  readonly field: RefObject<HTMLInputElement | null>;
  readonly word: string;
  readonly onWord: (word: string) => void;
}

function Head({ alerts, answers, field, word, onWord }: HeadProps) {
  const firing = alerts.filter(({ state }) => state === "firing");
  const hushed = firing.filter(({ hushes }) => hushes.length > 0).length;
  return (
    <div class="sheet-head">
      <h1>Alerts</h1>
      {answers.rules.answer && (
        <span>
          <b class={firing.length > hushed ? "bad" : "dim"}>{count(firing.length)} firing</b>
          {hushed > 0 && <span class="dim"> ({count(hushed)} held back)</span>}
          <span class="dim">, {count(alerts.length - firing.length)} pending</span>
        </span>
      )}
      <input
        ref={field}
        type="search"
        title="Press /"
        placeholder="Find an alert or a rule"
        aria-label="Find an alert or a rule"
        value={word}
        onInput={(event) => onWord(event.currentTarget.value)}
      />
      <span class="room" />
      <span class="dim">asked again every {EVERY_MS / 1_000} s</span>
    </div>
  );
}

function Troubles({ answers: { rules, told, routed, silences, failures } }: { answers: Answers }) {
  const lacks = [
    [rules, "rules"],
    [routed, "alerts on their way to receivers"],
    [told, "notifications"],
    [silences, "silences"],
  ] as const;
  const missing = lacks.filter(([{ at, answer, failure }]) => at > 0 && answer === null && !failure).map(([, name]) => name);
  return (
    <>
      {failures.slice(0, 2).map((failure) => (
        <Trouble key={failure.message} failure={failure} />
      ))}
      {missing.length > 0 && <p class="dim">This Belfry does not tell of {missing.join(", ")}.</p>}
    </>
  );
}
