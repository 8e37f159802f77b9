// What the keyboard does on the page of logs.
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { copy, tell } from "../shell/clipboard.ts";
import { address } from "../api/fetch.ts";
import { settings } from "../shell/settings.ts";
import { Store } from "../shell/store.ts";
import { shifted, widened } from "../time/range.ts";
import type { Search } from "./search.ts";
import type { Selection } from "./selection.ts";
import { type View, lineLink } from "./view.ts";

/** What the keys reach. */
export interface Reach {
  readonly input: RefObject<HTMLTextAreaElement | null>;
  readonly search: Search;
  readonly selection: Selection;
  readonly view: View;
  readonly show: (part: Partial<View>) => void;
  readonly live: () => void;
}

/** The keys with what they do, as the help shows them. */
export const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ["/", "edit the query"],
  ["Enter", "run it (Shift+Enter: new line)"],
  ["j k", "next and previous line"],
  ["Enter", "open or close the line"],
  ["Esc", "close what is open"],
  ["c", "copy the line"],
  ["y", "copy a link to the line"],
  ["t", "live tail on and off"],
  ["p", "pause it"],
  ["r", "run again"],
  ["w", "wrap long lines"],
  ["b", "label browser"],
  ["z", "zone: local or UTC"],
  ["[ ]", "earlier, later"],
  ["-", "zoom out"],
  ["?", "this help"],
];

/** Whether the help is open. */
export const help = new Store(false);

/** Listens to the keyboard while the page is there. */
export function useKeys(reach: Reach): void {
  const latest = useRef(reach);
  latest.current = reach;
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target as HTMLElement;
      if (target.closest("input, textarea, select, [contenteditable]")) return;
      // A button or a link that has the focus takes Enter itself.
      if (event.key === "Enter" && target.closest("button, a")) return;
      if (act(event.key, latest.current)) event.preventDefault();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}

/** Whether the key did something. */
function act(key: string, { input, search, selection, view, show, live }: Reach): boolean {
  const now = Date.now();
  const entry = selection.entry;
  const acts: Readonly<Record<string, () => unknown>> = {
    "/": () => input.current?.focus(),
    j: () => selection.move(1),
    k: () => selection.move(-1),
    ArrowDown: () => selection.move(1),
    ArrowUp: () => selection.move(-1),
    Enter: () => entry && selection.toggle(entry.id),
    Escape: () => (help.state ? help.set(false) : selection.closeAll()),
    c: () => (entry ? void copy(entry.line, "line") : tell("j and k choose a line")),
    y: () => void copy(entry ? new URL(`logs?${lineLink(view, entry)}`, address("/")).href : location.href, "link"),
    t: live,
    p: () => search.pause(!search.state.live?.paused),
    r: () => show({}),
    w: () => settings.patch({ wrap: !settings.state.wrap }),
    b: () => settings.patch({ labels: !settings.state.labels }),
    z: () => settings.patch({ zone: settings.state.zone === "utc" ? "local" : "utc" }),
    "[": () => show({ range: shifted(view.range, -1, now), live: false }),
    "]": () => show({ range: shifted(view.range, 1, now), live: false }),
    "-": () => show({ range: widened(view.range, now) }),
    "?": () => help.set(!help.state),
  };
  const does = acts[key];
  does?.();
  return does !== undefined;
}
