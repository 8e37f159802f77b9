// One frame over all pages.
import { AlertsPage } from "./alerts/page.tsx";
import { GraphPage } from "./graph/page.tsx";
import { LogsPage } from "./logs/page.tsx";
import { OverviewPage } from "./overview/page.tsx";
import { notice } from "./shell/clipboard.ts";
import { place } from "./shell/location.ts";
import { Navigation } from "./shell/navigation.tsx";
import { useStore } from "./shell/store.ts";
import { TargetsPage } from "./targets/page.tsx";

/** The app. */
export function App() {
  const { page } = useStore(place);
  return (
    <div class={`frame frame-${page}`}>
      <Navigation page={page} />
      {page === "alerts" && <AlertsPage />}
      {page === "logs" && <LogsPage />}
      {page === "graph" && <GraphPage />}
      {page === "targets" && <TargetsPage />}
      {page === "overview" && <OverviewPage />}
      <Notice />
    </div>
  );
}

function Notice() {
  const text = useStore(notice);
  return (
    <div class={`notice${text ? " shown" : ""}`} role="status">
      {text}
    </div>
  );
}
