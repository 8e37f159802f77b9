// Who writes how much.
import type { Failure } from "../api/fetch.ts";
import { quote } from "../logql/tokens.ts";
import { follow, href } from "../shell/location.ts";
import { bytes } from "../shell/text.ts";

/** Services that are shown. */
const SHOWN_MAX = 8;

/** What is shown. */
export interface Props {
  readonly written: readonly { readonly value: string; readonly bytes: number }[] | null;
  readonly failure: Failure | null;
}

/** The list, most first. */
export function Writers({ written, failure }: Props) {
  if (!written) return failure && !failure.isStarting ? <p class="dim">No volume: {failure.message}</p> : null;
  if (written.length === 0) return <p class="dim">Nobody wrote a line.</p>;
  const most = written[0]?.bytes ?? 1;
  return (
    <ul class="volumes">
      {written.slice(0, SHOWN_MAX).map(({ value, bytes: size }) => {
        const search = new URLSearchParams({ query: `{service_name=${quote(value)}}` }).toString();
        return (
          <li key={value}>
            <a href={href("logs", search)} onClick={(event) => follow(event, "logs", search)}>
              {value}
            </a>
            <span class="measure">
              <i style={{ width: `${Math.max(0.5, (size / most) * 100)}%` }} />
            </span>
            <span class="number dim">{bytes(size)}</span>
          </li>
        );
      })}
    </ul>
  );
}
