// Making or changing a silence: everything is filled in, so that a second click is enough.
import { useEffect, useRef, useState } from "preact/hooks";
import type { SilenceMatcher } from "../api/alertmanager.ts";
import { recall, remember } from "../shell/memory.ts";
import { settings } from "../shell/settings.ts";
import { useStore } from "../shell/store.ts";
import { count } from "../shell/text.ts";
import { formatTime } from "../time/zone.ts";
import type { ActiveAlert } from "./active.ts";
import type { Desk } from "./desk.ts";
import { type Draft, silenceOf } from "./draft.ts";
import { formatMatcher, formatMatchers, parseMatchers, takes } from "./matchers.ts";

const MINUTE = 60_000;

const LENGTHS: readonly (readonly [name: string, ms: number])[] = [["30 m", 30 * MINUTE], ["2 h", 120 * MINUTE], ["8 h", 480 * MINUTE], ["1 d", 1_440 * MINUTE]];

/** What the form is about. */
export interface Props {
  readonly draft: Draft;
  readonly desk: Desk;
  /** To tell how many the silence would take. */
  readonly alerts: readonly ActiveAlert[];
}

/** The form. */
export function SilenceForm({ draft, desk, alerts }: Props) {
  const { zone } = useStore(settings);
  const [text, setText] = useState(draft.matchers);
  const [author, setAuthor] = useState(draft.author || recall("author", ""));
  const [comment, setComment] = useState(draft.comment);
  const [lengthMs, setLength] = useState<number | null>(draft.id === "" ? 120 * MINUTE : null);
  const [trouble, setTrouble] = useState("");
  const [busy, setBusy] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    button.current?.focus({ preventScroll: true });
    button.current?.form?.scrollIntoView({ block: "nearest" });
    // Whoever opened it by the keyboard goes on from there.
    return () => before instanceof HTMLElement && before.focus({ preventScroll: true });
  }, []);
  const matchers = parseMatchers(text);
  const save = async (): Promise<void> => {
    if (!matchers) return;
    remember("author", author.trim());
    setBusy(true);
    try {
      await desk.put(silenceOf(draft, { matchers, author, comment, lengthMs }, Date.now()));
    } catch (error) {
      setTrouble(error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  };
  return (
    <form
      class="silence-form card"
      aria-label={draft.id === "" ? "New silence" : "Change the silence"}
      onKeyDown={(event) => event.key === "Escape" && desk.close()}
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <label>
        Alerts with
        <textarea
          class={matchers ? "" : "wrong"}
          aria-invalid={!matchers}
          rows={2}
          spellcheck={false}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      {matchers && <Chips matchers={matchers} alerts={alerts} onMatchers={(left) => setText(formatMatchers(left))} />}
      {!matchers && <p class="bad">Matchers look like {'{alertname="PodDown", pod=~"was-.*"}'}; operators are =, !=, =~ and !~.</p>}
      <div class="silence-fields">
        <div class="switch" role="group" aria-label="How long">
          {draft.id !== "" && (
            <button type="button" aria-pressed={lengthMs === null} onClick={() => setLength(null)}>
              until {formatTime(draft.endsAt, zone)}
            </button>
          )}
          {LENGTHS.map(([name, ms]) => (
            <button key={ms} type="button" aria-pressed={lengthMs === ms} onClick={() => setLength(ms)}>
              {name}
            </button>
          ))}
        </div>
        <input placeholder="Your name" aria-label="Your name" autocomplete="name" value={author} onInput={(event) => setAuthor(event.currentTarget.value)} />
        <input class="wide" placeholder="Why (may stay empty)" aria-label="Why" value={comment} onInput={(event) => setComment(event.currentTarget.value)} />
      </div>
      {trouble && (
        <p class="bad" role="alert">
          {trouble}
        </p>
      )}
      <div class="acts">
        <button ref={button} type="submit" class="primary" disabled={busy || !matchers || matchers.length === 0}>
          {draft.id === "" ? "Silence" : "Save"}
        </button>
        <button type="button" onClick={() => desk.close()}>
          Cancel
        </button>
      </div>
    </form>
  );
}

interface ChipsProps {
  readonly matchers: readonly SilenceMatcher[];
  readonly alerts: readonly ActiveAlert[];
  readonly onMatchers: (left: readonly SilenceMatcher[]) => void;
}

function Chips({ matchers, alerts, onMatchers }: ChipsProps) {
  const taken = alerts.map(({ labels }) => takes(matchers, labels));
  const sure = !taken.includes(null);
  return (
    <p class="chips">
      {matchers.map((matcher, at) => (
        <button key={formatMatcher(matcher)} type="button" title="Take it out: the silence takes more" onClick={() => onMatchers(matchers.filter((_, index) => index !== at))}>
          {formatMatcher(matcher)} <span aria-hidden="true">×</span>
        </button>
      ))}
      <span class="dim">
        {matchers.length === 0 ? "A silence needs at least one matcher." : sure && `takes ${count(taken.filter(Boolean).length)} of ${count(alerts.length)} active alerts`}
      </span>
    </p>
  );
}
