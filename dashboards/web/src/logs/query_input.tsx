// The query as it is typed: in colours, with the place of an error, and with what could come next.
import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Place } from "../logql/failure.ts";
import { tokenize } from "../logql/tokens.ts";
import type { Range } from "../time/range.ts";

/** What the input shows and tells. */
export interface Props {
  readonly input: RefObject<HTMLTextAreaElement | null>;
  readonly draft: string;
  readonly range: Range;
  /** Where the server found an error. */
  readonly place: Place | null;
  readonly onDraft: (query: string) => void;
  readonly onRun: () => void;
}

/** The input: a transparent text over the same text in colours. */
export function QueryInput({ input, draft, place, onDraft, onRun }: Props) {
  const colours = useRef<HTMLPreElement>(null);
  useLayoutEffect(() => {
    const area = input.current;
    if (!area) return;
    area.style.height = "0";
    area.style.height = `${Math.min(area.scrollHeight, 240)}px`;
  }, [draft]);
  const press = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      onRun();
    } else if (event.key === "Escape") {
      input.current?.blur();
    }
  };
  return (
    <div class={`query-input${place ? " wrong" : ""}`}>
      <pre ref={colours} aria-hidden="true">
        {tokenize(draft).map(({ kind, text, start, end }) => (
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
        aria-label="LogQL query"
        aria-invalid={place !== null}
        placeholder={'LogQL, such as {service_name="api"} |= "timeout"'}
        onInput={(event) => onDraft(event.currentTarget.value)}
        onKeyDown={press}
        onScroll={(event) => {
          if (colours.current) colours.current.scrollTop = event.currentTarget.scrollTop;
        }}
      />
    </div>
  );
}
