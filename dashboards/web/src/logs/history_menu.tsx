// The queries of before.
import { Menu } from "../shell/menu.tsx";
import { pastQueries } from "./history.ts";

/** The menu. */
export function HistoryMenu({ onQuery }: { onQuery: (query: string) => void }) {
  return (
    <Menu title="Queries of before" label="History">
      {(close) => {
        const queries = pastQueries();
        if (queries.length === 0) return <p class="dim">What you run is kept here, in this browser.</p>;
        return (
          <ul class="history">
            {queries.map((query) => (
              <li key={query}>
                <button
                  type="button"
                  class="plain code"
                  onClick={() => {
                    close();
                    onQuery(query);
                  }}
                >
                  {query}
                </button>
              </li>
            ))}
          </ul>
        );
      }}
    </Menu>
  );
}
