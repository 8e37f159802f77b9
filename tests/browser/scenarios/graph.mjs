// Asking for metrics: a table, a graph, errors, completion, links.
import assert from "node:assert/strict";

const open = async (scene, parameters) => {
  await scene.page.goto(`${scene.belfry.url}/graph?${new URLSearchParams(parameters)}`);
  await scene.page.waitForSelector('.graph[aria-busy="false"]');
};

/** Waits until the target that answers was scraped. */
const scraped = async (scene) => {
  const url = `${scene.belfry.url}/api/v1/query?query=${encodeURIComponent("up == 1")}`;
  await scene.holds("a scrape", async () => (await (await fetch(url)).json()).data.result.length > 0);
};

export async function a_link_of_prometheus_opens_as_a_table(scene) {
  await scraped(scene);
  await open(scene, { "g0.expr": "up", "g0.tab": "1" });
  const rows = await scene.page.$$eval(".value-table tbody tr", (all) => all.map((row) => row.innerText.replace(/\s+/g, " ")));
  assert.equal(rows.length, 2);
  assert.ok(rows.some((row) => /^up\{instance="127\.0\.0\.1:1", job="nobody"\} 0$/.test(row)), rows.join("\n"));
  assert.match(await scene.text(".lines-shown"), /^2 series$/);
  assert.equal(await scene.page.title(), "up · Belfry");
}

export async function a_graph_zooms_and_its_link_restores_it(scene) {
  await scraped(scene);
  await open(scene, { "g0.expr": "-up", "g0.tab": "0", "g0.range_input": "5m" });
  await scene.page.waitForSelector(".series-line", { state: "attached" });
  assert.match(await scene.page.$eval(".plot svg", (svg) => svg.textContent), /-1/);
  const box = await (await scene.page.$(".plot svg")).boundingBox();
  await scene.page.mouse.move(box.x + box.width * 0.5, box.y + 30);
  await scene.page.mouse.down();
  await scene.page.mouse.move(box.x + box.width - 2, box.y + 30, { steps: 4 });
  await scene.page.mouse.up();
  await scene.holds("an end in the link", async () => scene.parameters.get("g0.end_input") !== null);
  assert.match(scene.parameters.get("g0.range_input"), /^2m3[01]s$/);
  const link = scene.page.url();
  await scene.page.goto(`${scene.belfry.url}/targets`);
  await scene.page.goto(link);
  await scene.page.waitForSelector('.graph[aria-busy="false"] .series-line', { state: "attached" });
  assert.equal(scene.page.url(), link);
  assert.equal(await scene.query(), "-up");
  await scene.page.click('.switch button:text-is("Table")');
  await scene.page.waitForSelector(".value-table");
  assert.equal(scene.parameters.get("g0.tab"), "1");
}

export async function an_error_shows_its_place_and_goes_again(scene) {
  await open(scene, { "g0.expr": "sum(up +)" });
  assert.match(await scene.text(".error-box p"), /1:9: parse error/);
  const [line, caret] = (await scene.page.textContent(".error-box pre")).split("\n");
  assert.deepEqual([line, caret.indexOf("^")], ["sum(up +)", 8]);
  assert.equal(await scene.text(".query-input span.wrong"), ")");
  await scene.page.fill("textarea", "vector(42)");
  await scene.page.press("textarea", "Enter");
  await scene.page.waitForSelector(".value-table");
  assert.equal(await scene.text(".value-table td.number"), "42");
  assert.equal(await scene.page.$(".error-box"), null);
}

export async function metrics_labels_and_values_are_offered(scene) {
  await scraped(scene);
  await open(scene, {});
  assert.match(await scene.text(".empty h2"), /Ask for metrics/);
  const offered = async (choice) => scene.page.waitForSelector(`.offers li:text-is(${JSON.stringify(choice)})`);
  const area = scene.page.locator("textarea");
  await area.pressSequentially("rat");
  await offered("rate()");
  await area.press("Escape");
  await area.fill("");
  await area.pressSequentially("scrape_samples_scr");
  await offered("scrape_samples_scraped");
  await area.press("Tab");
  assert.equal(await scene.query(), "scrape_samples_scraped");
  await area.pressSequentially("{jo");
  await offered("job");
  await area.press("Tab");
  await offered("belfry");
  await area.press("ArrowDown");
  await area.press("Enter");
  assert.match(await scene.query(), /^scrape_samples_scraped\{job="(belfry|nobody)"$/);
}

export async function warnings_and_a_refresh(scene) {
  let asked = 0;
  await scene.page.route("**/api/v1/query?*", (route) => {
    asked += 1;
    return route.fulfill({ json: { status: "success", data: { resultType: "scalar", result: [1, String(asked)] }, warnings: ["some blocks are gone"], infos: ["may not be a counter"] } });
  });
  await open(scene, { "g0.expr": "x" });
  assert.deepEqual(await scene.page.$$eval(".status-line .warning", (all) => all.map((one) => one.textContent)), ["some blocks are gone", "may not be a counter"]);
  await scene.page.selectOption(".query-side select", "5000");
  await scene.holds("a third answer", async () => (await scene.text(".value-table td.number")) === "3");
}
