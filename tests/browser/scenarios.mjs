// All scenarios by name, in the order in which they are played.
import * as alerts from "./scenarios/alerts.mjs";
import * as graph from "./scenarios/graph.mjs";
import * as hostile from "./scenarios/hostile.mjs";
import * as live from "./scenarios/live.mjs";
import * as many from "./scenarios/many.mjs";
import * as pages from "./scenarios/pages.mjs";
import * as rows from "./scenarios/rows.mjs";
import * as search from "./scenarios/search.mjs";
import * as watch from "./scenarios/watch.mjs";

/** Functions of these files; each is one scenario. */
export const scenarios = Object.fromEntries(
  Object.entries({ search, rows, live, many, hostile, pages, graph, alerts, watch }).flatMap(([theme, plays]) =>
    Object.entries(plays).map(([name, play]) => [`${theme}::${name}`, play]),
  ),
);
