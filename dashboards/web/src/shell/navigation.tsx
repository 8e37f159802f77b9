// The bar on top of every page.
import { useEffect } from "preact/hooks";
import { type Page, follow, href } from "./location.ts";
import { settings } from "./settings.ts";
import { useStore } from "./store.ts";

const PAGES: readonly (readonly [Page, string])[] = [
  ["overview", "Overview"],
  ["alerts", "Alerts"],
  ["logs", "Logs"],
  ["graph", "Graph"],
  ["targets", "Targets"],
];

/** Pages whose title says what they show. */
const TITLED: readonly Page[] = ["alerts", "logs", "graph"];

/** The bar. */
export function Navigation({ page }: { page: Page }) {
  const { zone } = useStore(settings);
  useEffect(() => {
    if (!TITLED.includes(page)) document.title = `${PAGES.find(([name]) => name === page)?.[1] ?? ""} · Belfry`;
  }, [page]);
  return (
    <header class="bar">
      <a class="brand" href={href("overview")} onClick={(event) => follow(event, "overview")}>
        <Bell />
        Belfry
      </a>
      <nav>
        {PAGES.map(([name, title]) => (
          <a
            key={name}
            href={href(name)}
            aria-current={name === page ? "page" : undefined}
            onClick={(event) => follow(event, name)}
          >
            {title}
          </a>
        ))}
      </nav>
      <span class="room" />
      <div class="switch" role="group" aria-label="Time zone">
        {(["local", "utc"] as const).map((one) => (
          <button key={one} type="button" aria-pressed={zone === one} onClick={() => settings.patch({ zone: zone === "utc" ? "local" : "utc" })}>
            {one === "utc" ? "UTC" : localName()}
          </button>
        ))}
      </div>
    </header>
  );
}

function localName(): string {
  const parts = new Intl.DateTimeFormat("en", { timeZoneName: "short" }).formatToParts(new Date());
  const name = parts.find(({ type }) => type === "timeZoneName")?.value ?? "local";
  return name === "UTC" ? "Local" : name;
}

function Bell() {
  return (
    <svg class="bell" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M16 5a7.2 7.2 0 0 0-7.2 7.2c0 5-1.6 7.6-3 9.1h20.4c-1.4-1.5-3-4.1-3-9.1A7.2 7.2 0 0 0 16 5z" />
      <path d="M12.6 23.2a3.4 3.4 0 0 0 6.8 0z" />
    </svg>
  );
}
