// Looking at lines: fields, filters by click, keyboard, older and newer lines, zones.
import assert from "node:assert/strict";

export async function a_line_opens_into_its_fields(scene) {
  await scene.push([[5, '{"method":"GET","status":500,"user":{"id":7}}', { trace_id: "abc" }]], { part: "a" });
  await scene.logs(scene.selector);
  await scene.page.click(".line-head");
  const field = async (name) => scene.text(`.fields tr:has(th:text-is("${name}")) .field-value`);
  assert.equal(await field("part"), "a");
  assert.equal(await field("trace_id"), "abc");
  assert.equal(await field("status"), "500");
  assert.equal(await field("user_id"), "7");
  await scene.page.keyboard.press("Escape");
  assert.equal(await scene.page.$(".fields"), null);
}

export async function clicks_on_fields_narrow_the_query(scene) {
  await scene.push([[30, '{"status":200}', { trace_id: "abc" }], [20, '{"status":500}', { trace_id: "def" }]], { part: "a" });
  const click = async (line, name, which) => {
    await scene.page.click(`.line:has(.line-text:text-is('${line}')) .line-head`);
    await scene.page.click(`.fields tr:has(th:text-is("${name}")) button[aria-label^="${which} "]`);
    await scene.answered();
  };
  await scene.logs(scene.selector);
  await click('{"status":500}', "status", "only");
  assert.equal(await scene.query(), `${scene.selector} | json | status="500"`);
  await scene.sees(['{"status":500}']);
  await scene.logs(scene.selector);
  await click('{"status":500}', "trace_id", "not");
  assert.equal(await scene.query(), `${scene.selector} | trace_id!="def"`);
  await scene.sees(['{"status":200}']);
  await scene.logs(scene.selector);
  await click('{"status":500}', "part", "only");
  assert.equal(await scene.query(), `{app="${scene.app}", part="a"}`);
}

export async function keys_move_and_open(scene) {
  await scene.push([[30, "third"], [20, "second"], [10, "first"]]);
  await scene.logs(scene.selector);
  await scene.sees(["first", "second", "third"]);
  const current = async () => scene.text(".line.current .line-text");
  await scene.page.keyboard.press("j");
  assert.equal(await current(), "first");
  await scene.page.keyboard.press("j");
  await scene.page.keyboard.press("j");
  await scene.page.keyboard.press("k");
  assert.equal(await current(), "second");
  await scene.page.keyboard.press("Enter");
  await scene.page.waitForSelector(".line.open .fields");
  await scene.page.keyboard.press("Escape");
  await scene.page.keyboard.press("w");
  await scene.page.waitForSelector(".lines.wrapped");
  await scene.page.keyboard.press("?");
  await scene.page.waitForSelector(".keys");
  await scene.page.keyboard.press("Escape");
  await scene.page.keyboard.press("/");
  assert.equal(await scene.page.evaluate(() => document.activeElement.tagName), "TEXTAREA");
  await scene.page.keyboard.type("jjk");
  assert.match(await scene.query(), /jjk/);
  assert.equal(await current(), "second");
}

export async function a_link_to_a_line_shows_what_was_around_it(scene) {
  await scene.push(Array.from({ length: 300 }, (_, index) => [600 - index, `line ${index}`]));
  await scene.logs(`${scene.selector} |= "line 150"`);
  await scene.sees(["line 150"]);
  await scene.page.click(".line-head");
  const link = await scene.page.getAttribute('.line-acts a:text("Show in context")', "href");
  await scene.page.click('.line-acts a:text("Show in context")');
  await scene.answered();
  await scene.holds("the linked line", async () => (await scene.page.textContent(".line.linked .line-text")) === "line 150");
  const lines = await scene.lines();
  assert.ok(lines.includes("line 149") && lines.includes("line 151"), lines.join());
  assert.equal(new URLSearchParams(link.split("?")[1]).get("at"), scene.parameters.get("at"));
}

export async function older_lines_come_by_scrolling(scene) {
  await scene.push(Array.from({ length: 350 }, (_, index) => [600 - index, `line ${index}`]));
  await scene.logs(scene.selector, { limit: "100" });
  assert.match(await scene.text(".lines-shown"), /^100 of 350 lines$/);
  await scene.page.hover(".lines");
  await scene.holds("all lines", async () => {
    await scene.page.mouse.wheel(0, 3_000);
    return /^350 lines$/.test(await scene.text(".lines-shown"));
  });
  await scene.holds("the oldest line", async () => {
    await scene.page.mouse.wheel(0, 3_000);
    return (await scene.lines()).at(-1) === "line 0";
  });
  assert.match(await scene.text(".lines .edge"), /oldest line of the range/);
}

export async function times_are_local_or_utc(scene) {
  await scene.push([[5, "when"]]);
  await scene.logs(scene.selector);
  await scene.page.click('.switch button:text-is("UTC")');
  const expected = new Date(scene.now - 5_000).toISOString().slice(11, 23);
  assert.ok((await scene.text(".line-time")).endsWith(expected));
  await scene.page.click(".line-head");
  assert.match(await scene.text(".line-acts time"), / UTC$/);
}
