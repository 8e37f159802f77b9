// What stands above the newest and below the oldest line.
import { count } from "../shell/text.ts";
import { widened } from "../time/range.ts";
import { HELD_MAX, type Found, type Search } from "./search.ts";
import type { View } from "./view.ts";

/** What the edge shows and tells. */
export interface Props {
  readonly side: "older" | "newer";
  readonly found: Found;
  readonly search: Search;
  readonly onShow: (part: Partial<View>) => void;
}

/** The edge. */
export function ListEdge({ side, found, search, onShow }: Props) {
  const state = found[side];
  const load = (): void => void (side === "older" ? search.loadOlder() : search.loadNewer());
  if (found.phase === "loading" && found.entries.length === 0) return side === "older" ? <Skeleton /> : null;
  if (state === "loading") return <p class="edge dim">loading {side} lines…</p>;
  if (state === "failed") return <Edge text={`loading ${side} lines failed`} button="Try again" onClick={load} />;
  if (state === "more") return <Edge text="" button={side === "older" ? "Load older lines" : "Load newer lines"} onClick={load} />;
  if (side === "newer" || !found.view) return null;
  const { view } = found;
  if (state === "full") {
    const text = found.live ? "older lines make room for new ones" : `${count(HELD_MAX)} lines are loaded; narrow the query or the range to see others`;
    return <p class="edge dim">{text}</p>;
  }
  const none = found.entries.length === 0;
  const text = none ? "No line matches in this range." : "This is the oldest line of the range.";
  return <Edge text={text} button="Look further back" onClick={() => onShow({ range: widened(view.range, Date.now()) })} isLarge={none} />;
}

interface EdgeProps {
  readonly text: string;
  readonly button: string;
  readonly onClick: () => void;
  readonly isLarge?: boolean;
}

function Edge({ text, button, onClick, isLarge }: EdgeProps) {
  return (
    <p class={`edge${isLarge ? " large" : ""}`}>
      {text && <span class="dim">{text}</span>}
      <button type="button" onClick={onClick}>
        {button}
      </button>
    </p>
  );
}

function Skeleton() {
  return (
    <div class="skeleton" role="status" aria-label="Searching">
      {Array.from({ length: 12 }, (_, index) => (
        <i key={index} style={{ width: `${40 + ((index * 37) % 55)}%` }} />
      ))}
    </div>
  );
}
