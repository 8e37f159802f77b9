// Following new lines.
import assert from "node:assert/strict";

export async function new_lines_appear_by_themselves(scene) {
  await scene.push([[5, "before"]]);
  await scene.logs(scene.selector);
  await scene.sees(["before"]);
  await scene.page.click(".live");
  await scene.page.waitForSelector(".live-state.open");
  await scene.belfry.push({ app: scene.app }, [[Date.now(), "while we look"]]);
  await scene.sees(["while we look", "before"]);
  assert.equal(scene.parameters.get("live"), "1");
}

export async function a_pause_holds_lines_back(scene) {
  await scene.push([[5, "before"]]);
  await scene.logs(scene.selector, { live: "1" });
  await scene.page.waitForSelector(".live-state.open");
  await scene.page.keyboard.press("p");
  await scene.belfry.push({ app: scene.app }, [[Date.now(), "one"], [Date.now() + 1, "two"]]);
  await scene.holds("two waiting lines", async () => /2 waiting/.test(await scene.text(".status-line")));
  assert.deepEqual(await scene.lines(), ["before"]);
  await scene.page.click('button:has-text("Go on")');
  await scene.sees(["two", "one", "before"]);
}

export async function only_lines_of_the_query_come(scene) {
  await scene.logs(`${scene.selector} |= "wanted"`, { live: "1" });
  await scene.page.waitForSelector(".live-state.open");
  await scene.belfry.push({ app: scene.app }, [[Date.now(), "not this"], [Date.now() + 1, "wanted line"]]);
  await scene.sees(["wanted line"]);
  assert.equal(await scene.text(".line mark"), "wanted");
}

export async function the_reader_stays_while_lines_come(scene) {
  await scene.push(Array.from({ length: 400 }, (_, index) => [600 - index, `line ${index}`]));
  await scene.logs(scene.selector, { live: "1" });
  await scene.page.waitForSelector(".live-state.open");
  await scene.page.evaluate(() => (document.querySelector(".lines").scrollTop = 2_000));
  const seen = async () => scene.page.evaluate(() => {
    const { left, top } = document.querySelector(".lines").getBoundingClientRect();
    return document.elementFromPoint(left + 300, top + 50).closest(".line").querySelector(".line-text").textContent;
  });
  await scene.holds("the rows there", async () => /^line 2\d\d$/.test(await seen()));
  const before = await seen();
  await scene.belfry.push({ app: scene.app }, Array.from({ length: 50 }, (_, index) => [Date.now() + index, `new ${index}`]));
  await scene.holds("all lines", async () => /^450 /.test(await scene.text(".lines-shown")));
  assert.equal(await seen(), before);
}
