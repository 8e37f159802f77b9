// Where the app begins.
import { render } from "preact";
import { App } from "./app.tsx";
import { alertsSearch } from "./shell/alertmanager_links.ts";
import { go } from "./shell/location.ts";

const alerts = alertsSearch(location.hash);
if (alerts !== null) go("alerts", alerts, "replace");

const root = document.getElementById("app");
if (root) render(<App />, root);
