// The pictures of the README: `node tests/browser/screenshots.mjs DIR`, with lines of a small made-up cluster.
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { RULES, alerting, silence, writeMetrics } from "./cluster.mjs";
import { withPalette } from "./png.mjs";
import { Belfry, Stage, missing, until } from "./stage.mjs";

const folder = process.argv[2] ?? "docs/screenshots";
const lack = await missing();
if (lack) throw new Error(lack);
mkdirSync(folder, { recursive: true });

const stage = await Stage.open();
const GRAPHED = 'sum by (status) (rate(http_server_requests_seconds_count{namespace="blog-system"}[5m]))';
const files = join(stage.folder, "pods", "blog-system_was-0_5f6c1d2e", "was");
const slack = createServer((_, response) => response.end("ok"));
await new Promise((done) => slack.listen(0, "127.0.0.1", done));
writeFileSync(join(stage.folder, "rules.yml"), JSON.stringify(RULES));
const CONFIG = `
global: {scrape_interval: 2s, scrape_timeout: 1s}
exporters: {self: true, host: true}
scrape_configs:
  - job_name: mysql
    static_configs: [{targets: ["127.0.0.1:1"], labels: {namespace: blog-system}}]
log_configs:
  - job_name: pods
    static_configs: [{labels: {__path__: "${files}/*.log", namespace: blog-system, app: was}}]
rule_files: [rules.yml]
alerting: ${JSON.stringify(alerting(`http://127.0.0.1:${slack.address().port}/`))}
`;
const belfry = await Belfry.start(join(stage.folder, "cluster"), CONFIG);
try {
  mkdirSync(files, { recursive: true });
  writeFileSync(join(files, "0.log"), "2026-01-01T00:00:00Z stdout F started\n");
  await writeLines(Date.now());
  await writeMetrics(belfry.url, Date.now(), dice(7));
  await fetch(`${belfry.url}/api/v2/silences`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(silence(Date.now())) });
  await picture("logs", `/logs?${view('{namespace="blog-system"} |~ "(?i)timeout"')}`, "light", async (page) => {
    await page.click('.label-name:has-text("namespace")');
    await page.click('.label-name:has-text("container")');
  });
  await picture("logs-dark", `/logs?${view('{namespace="blog-system", container="was"}')}`, "dark", async (page) => {
    for (const key of ["j", "j", "j", "Enter"]) await page.keyboard.press(key);
    await page.waitForSelector(".fields");
  });
  await picture("graph", `/graph?${new URLSearchParams({ "g0.expr": GRAPHED, "g0.tab": "0", "g0.range_input": "1h" })}`, "light", async (page) => page.waitForSelector("main table tbody tr"));
  await picture("targets", "/targets", "light", async (page) => page.waitForSelector(".state.down"));
  await picture("overview", "/", "light", async (page) => page.waitForSelector(".tile.bad"));
  await picture("alerts", "/alerts", "light", async (page) => {
    await page.waitForSelector(".alert.hushed");
    await page.waitForSelector('.blind:has-text("has the label status")');
    await page.waitForSelector(".outcome.sent");
    await page.setViewportSize({ width: 1200, height: 710 });
  });
} finally {
  await belfry.stop();
  await stage.close();
  slack.closeAllConnections();
  slack.close();
}

function view(query) {
  return new URLSearchParams({ query, from: "now-1h", to: "now" });
}

async function picture(name, path, colorScheme, prepare) {
  const page = await stage.tab({ colorScheme, viewport: { width: 1200, height: 660 } });
  await page.goto(belfry.url + path);
  if (path.startsWith("/logs")) await page.waitForSelector('.search[aria-busy="false"]');
  await prepare(page);
  // The last answers, of the histogram and of the label browser, are drawn.
  await until("the network to rest", 10_000, async () => page.waitForLoadState("networkidle").then(() => true));
  writeFileSync(join(folder, `${name}.png`), withPalette(await page.screenshot()));
  await page.context().close();
}

/** Numbers that look random and are the same each time. */
function dice(seed) {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** An hour of four containers, with a quarter of an hour in which the database is slow. */
async function writeLines(now) {
  const random = dice(42);
  const streams = new Map();
  for (let ms = now - 3_600_000; ms < now; ms += 300 + random() * 1_400) {
    const slow = now - ms < 1_500_000 && now - ms > 700_000;
    const [container, pod, text, level] = lineOf(ms, slow, random);
    const key = `${container} ${pod}`;
    if (!streams.has(key)) streams.set(key, { labels: { namespace: container === "nginx" ? "ingress" : "blog-system", container, pod, app: container }, lines: [] });
    streams.get(key).lines.push([ms, text, { detected_level: level }]);
  }
  for (const { labels, lines } of streams.values()) await belfry.push(labels, lines);
}

function lineOf(ms, slow, random) {
  const pick = (...all) => all[Math.floor(random() * all.length)];
  const trace = Array.from({ length: 16 }, () => Math.floor(random() * 16).toString(16)).join("");
  const uri = pick("/api/posts", "/api/posts/{id}", "/api/posts/{id}", "/api/posts/search");
  const fails = random() < (slow ? 0.35 : 0.015);
  const took = Math.round(fails ? 2_000 + random() * 900 : 3 + random() ** 4 * (slow ? 1_800 : 180));
  const kind = random();
  if (kind < 0.55) {
    const level = fails ? "error" : took > 900 ? "warn" : random() < 0.1 ? "debug" : "info";
    const msg = fails ? "database timeout while reading posts" : took > 900 ? "slow request" : "request served";
    const line = { ts: new Date(ms).toISOString(), level, msg, method: pick("GET", "GET", "GET", "POST"), uri, status: fails ? 503 : 200, duration_ms: took, trace_id: trace };
    return ["was", pick("was-0", "was-1"), JSON.stringify(line), level];
  }
  if (kind < 0.75) {
    const path = uri.replace("{id}", String(Math.floor(random() * 400)));
    return ["nginx", "nginx-0", `10.0.${Math.floor(random() * 4)}.${Math.floor(random() * 200)} "GET ${path} HTTP/1.1" ${fails ? 504 : 200} ${Math.floor(random() * 9_000)} ${took}ms`, fails ? "error" : "info"];
  }
  if (kind < 0.92) {
    const level = fails ? "warn" : "info";
    return ["mysql", "mysql-0", `level=${level} msg="${fails ? "lock wait timeout exceeded" : "query done"}" table=posts rows=${Math.floor(random() * 90)} took=${took}ms`, level];
  }
  return ["indexer", "indexer-0", `\x1b[32mINFO\x1b[0m \x1b[36msearch.index\x1b[0m merged segment ${Math.floor(random() * 900)} in ${took} ms`, "info"];
}
