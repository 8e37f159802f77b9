// The answer at one time, a series a row.
import { useMemo } from "preact/hooks";
import type { PromAnswer } from "../api/promql.ts";
import { settings } from "../shell/settings.ts";
import { useStore } from "../shell/store.ts";
import { count } from "../shell/text.ts";
import { rowsOf } from "./rows.ts";

/** Rows that are drawn. */
const ROWS_MAX = 1_000;

/** The table. */
export function ValueTable({ answer }: { answer: PromAnswer }) {
  const { zone } = useStore(settings);
  const rows = useMemo(() => rowsOf(answer, zone), [answer, zone]);
  if (rows.length === 0) {
    return <p class="edge large dim">The query answers with no series at this time: nothing that it asks for exists, or no comparison in it holds.</p>;
  }
  return (
    <>
      <table class="value-table">
        <thead>
          <tr>
            <th>Series</th>
            <th class="number">Value</th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, ROWS_MAX).map(({ name, values }) => (
            <tr key={name}>
              <td>{name || <span class="dim">no series: a value</span>}</td>
              <td class="number">{values.map((value) => <div key={value}>{value}</div>)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > ROWS_MAX && <p class="edge dim">{count(rows.length - ROWS_MAX)} more series are not shown</p>}
    </>
  );
}
