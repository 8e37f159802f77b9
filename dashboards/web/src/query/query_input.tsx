// The query as it is typed: in colours, with the place of an error, and with what could come next.
import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { completed } from "../logql/complete.ts";
import type { Place } from "../logql/failure.ts";
import { useStore } from "../shell/store.ts";
import type { Range } from "../time/range.ts";
import { Completion } from "./completion.ts";
import type { Language } from "./language.ts";

/** What the input shows and tells. */
export interface Props {
  readonly language: Language;
  readonly input: RefObject<HTMLTextAreaElement | null>;
  readonly draft: string;
  readonly range: Range;
  /** Where the server found an error. */
  readonly place: Place | null;
  readonly onDraft: (query: string) => void;
  readonly onRun: () => void;
}

/** The input: a transparent text over the same text in colours. */
export function QueryInput({ language, input, draft, range, place, onDraft, onRun }: Props) {
  const colours = useRef<HTMLPreElement>(null);
  const caret = useRef<number | null>(null);
  const [completion] = useState(() => new Completion(language));
  const offer = useStore(completion);
  useLayoutEffect(() => {
    const area = input.current;
    if (!area) return;
    area.style.height = "0";
    area.style.height = `${Math.min(area.scrollHeight, 240)}px`;
    if (caret.current !== null) area.setSelectionRange(caret.current, caret.current);
    caret.current = null;
  }, [draft]);
  const choose = (choice: string | undefined): void => {
    if (choice === undefined || !offer.wanted) return;
    const done = completed(draft, offer.wanted, choice);
    caret.current = done.caret;
    onDraft(done.text);
    // A label wants its value next.
    completion.look(done.text, done.caret, range);
  };
  const press = (event: KeyboardEvent): void => {
    const offered = offer.choices.length > 0;
    const acts: Readonly<Record<string, () => void>> = {
      Enter: () => (offered && offer.marked >= 0 ? choose(offer.choices[offer.marked]) : (completion.close(), onRun())),
      Escape: () => (completion.close() ? undefined : input.current?.blur()),
      ...(offered && {
        Tab: () => choose(offer.choices[Math.max(0, offer.marked)]),
        ArrowDown: () => completion.move(1),
        ArrowUp: () => completion.move(-1),
      }),
    };
    const act = event.isComposing || event.shiftKey ? undefined : acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  return (
    <div class={`query-input${place ? " wrong" : ""}`}>
      <pre ref={colours} aria-hidden="true">
        {language.tokenize(draft).map(({ kind, text, start, end }) => (
          <span key={start} class={`t-${kind}${place && start < Math.max(place.end, place.start + 1) && end > place.start ? " wrong" : ""}`}>
            {text}
          </span>
        ))}
        {"\n"}
      </pre>
      <textarea
        ref={input}
        value={draft}
        rows={1}
        spellcheck={false}
        autocomplete="off"
        autocapitalize="off"
        aria-label={`${language.name} query`}
        aria-invalid={place !== null}
        placeholder={`${language.name}, such as ${language.example}`}
        aria-autocomplete="list"
        aria-expanded={offer.choices.length > 0}
        onInput={({ currentTarget: { value, selectionStart } }) => {
          onDraft(value);
          completion.look(value, selectionStart, range);
        }}
        onKeyDown={press}
        onBlur={() => void completion.close()}
        onScroll={(event) => {
          if (colours.current) colours.current.scrollTop = event.currentTarget.scrollTop;
        }}
      />
      {offer.choices.length > 0 && (
        <ul class="offers card" role="listbox" aria-label="What could come next">
          {offer.choices.map((choice, index) => (
            <li
              key={choice}
              role="option"
              aria-selected={index === offer.marked}
              onPointerDown={(event) => {
                event.preventDefault();
                choose(choice);
              }}
            >
              {choice.replace("¦", "") || '""'}
            </li>
          ))}
          <li class="hint dim">Tab takes the first</li>
        </ul>
      )}
    </div>
  );
}
