// Asking for lines: query, range, labels, history, links, errors.
import assert from "node:assert/strict";

export async function pushed_lines_are_seen_newest_first(scene) {
  await scene.push([[30, "the older line"], [10, "the newer line"]]);
  await scene.logs("");
  assert.match(await scene.text(".empty h2"), /Ask for log lines/);
  await scene.ask(scene.selector);
  await scene.sees(["the newer line", "the older line"]);
  assert.equal(scene.parameters.get("query"), scene.selector);
  assert.equal(await scene.page.title(), `${scene.selector} · Belfry`);
}

export async function three_examples_teach(scene) {
  await scene.push([[5, "an error for the examples"]], { service_name: scene.app });
  await scene.logs("");
  const examples = await scene.page.$$eval(".examples button", (buttons) => buttons.map((button) => button.textContent));
  assert.equal(examples.length, 3);
  for (const example of examples) {
    await scene.logs("");
    await scene.page.click(`.examples button:text-is(${JSON.stringify(example)})`);
    await scene.answered();
    assert.equal(await scene.page.$(".error-box"), null, example);
    assert.ok((await scene.page.$$(".line, .series-line")).length > 0, `${example} shows nothing`);
  }
  await scene.logs("");
  await scene.page.click(`.writers button:has-text("${scene.app}")`);
  await scene.sees(["an error for the examples"]);
}

export async function filters_narrow_and_are_marked(scene) {
  await scene.push([[30, "GET /posts took 5 ms"], [20, "GET /search Timeout after 30 s"], [10, "nothing"]]);
  await scene.logs(`${scene.selector} |= "GET" |~ "(?i)timeout"`);
  await scene.sees(["GET /search Timeout after 30 s"]);
  assert.deepEqual(await scene.page.$$eval(".line mark", (marks) => marks.map((mark) => mark.textContent)), ["GET", "Timeout"]);
}

export async function a_link_restores_the_view(scene) {
  await scene.push([[7_200, "two hours ago"], [60, "a minute ago"]]);
  const from = new Date(scene.now - 3 * 3_600_000).toISOString();
  const to = new Date(scene.now - 3_600_000).toISOString();
  await scene.logs(scene.selector, { from, to, limit: "500" });
  await scene.sees(["two hours ago"]);
  await scene.ask(`${scene.selector} |= "ago"`);
  const link = scene.page.url();
  await scene.page.goto(`${scene.belfry.url}/targets`);
  await scene.page.goto(link);
  await scene.answered();
  await scene.sees(["two hours ago"]);
  assert.equal(await scene.query(), `${scene.selector} |= "ago"`);
  assert.deepEqual([scene.parameters.get("from"), scene.parameters.get("to"), scene.parameters.get("limit")], [from, to, "500"]);
  for (let step = 0; step < 3; step += 1) await scene.page.goBack();
  await scene.holds("the query before", async () => (await scene.query()) === scene.selector);
}

export async function an_error_shows_its_place(scene) {
  await scene.logs(`${scene.selector} | nope nope`);
  const text = await scene.text(".error-box p");
  assert.match(text, /^parse error at line 1, col \d+: /);
  const column = Number(/col (\d+)/.exec(text)[1]);
  const [line, caret] = (await scene.page.textContent(".error-box pre")).split("\n");
  assert.equal(line, `${scene.selector} | nope nope`);
  assert.equal(caret.indexOf("^"), column - 1);
  assert.equal(await scene.page.$(".lines"), null);
  await scene.ask(scene.selector);
  assert.equal(await scene.page.$(".error-box"), null);
}

export async function labels_put_matchers_into_the_query(scene) {
  await scene.push([[20, "from a"]], { part: "a" });
  await scene.push([[10, "from b"]], { part: "b" });
  await scene.logs(scene.selector);
  await scene.sees(["from b", "from a"]);
  await scene.page.click('.label-name:has-text("part")');
  await scene.page.click('.values button:text-is("a")');
  await scene.answered();
  await scene.sees(["from a"]);
  assert.equal(await scene.query(), `{app="${scene.app}", part="a"}`);
  await scene.page.click('.values button:text-is("b")');
  await scene.answered();
  await scene.sees(["from b", "from a"]);
  assert.equal(await scene.query(), `{app="${scene.app}", part=~"a|b"}`);
}

export async function the_histogram_counts_levels_and_zooms(scene) {
  const lines = [];
  for (let second = 0; second < 60; second += 1) {
    lines.push([1_800 + second, `level=${second % 6 === 0 ? "error" : "info"} n=${second}`, { detected_level: second % 6 === 0 ? "error" : "info" }]);
  }
  await scene.push(lines);
  await scene.logs(scene.selector);
  await scene.page.waitForSelector(".histogram .bar");
  assert.match(await scene.text(".legend .l-error"), /^error 10$/);
  assert.match(await scene.text(".legend .l-info"), /^info 50$/);
  const box = await (await scene.page.$(".plot svg")).boundingBox();
  await scene.page.mouse.move(box.x + box.width * 0.4, box.y + 30);
  await scene.page.mouse.down();
  await scene.page.mouse.move(box.x + box.width * 0.6, box.y + 30, { steps: 4 });
  await scene.page.mouse.up();
  await scene.holds("an absolute range", async () => scene.parameters.get("from")?.startsWith("20"));
  await scene.answered();
  const length = Date.parse(scene.parameters.get("to")) - Date.parse(scene.parameters.get("from"));
  assert.ok(Math.abs(length - 720_000) < 60_000, `${length} ms`);
  assert.match(await scene.text(".lines-shown"), /^60 lines$/);
  await scene.page.click(".legend .l-error");
  await scene.answered();
  assert.match(await scene.text(".lines-shown"), /^10 lines$/);
}

export async function a_metric_query_is_a_graph(scene) {
  await scene.push([[70, "one"], [65, "two"], [5, "three"]], { part: "a" });
  await scene.logs(`sum by (part) (count_over_time(${scene.selector}[1m]))`);
  await scene.page.waitForSelector(".series-line");
  assert.match(await scene.text(".series-table tbody tr td:first-child"), /\{part="a"\}/);
  assert.equal(await scene.text(".series-table tbody tr td:last-child"), "2");
  assert.equal(await scene.page.$(".histogram"), null);
}

export async function history_keeps_what_was_run(scene) {
  await scene.push([[5, "kept"]]);
  await scene.logs("");
  await scene.ask(scene.selector);
  await scene.ask(`${scene.selector} |= "nothing here"`);
  await scene.holds("an empty answer", async () => /No line matches/.test(await scene.text(".edge.large")));
  await scene.page.click('button:text-is("History")');
  await scene.page.click(`.history button:text-is('${scene.selector}')`);
  await scene.answered();
  await scene.sees(["kept"]);
}
