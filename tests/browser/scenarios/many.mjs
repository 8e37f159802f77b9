// Five thousand lines at once.
import assert from "node:assert/strict";

/**
 * Longest median and longest single time that a frame may take while scrolling, in milliseconds. Test machines are
 * shared and draw without a GPU: these find a list that draws every row, which takes seconds a frame.
 */
const [MEDIAN_MAX, FRAME_MAX] = [250, 2_500];

export async function five_thousand_lines_scroll_smoothly(scene) {
  const words = (index) => `line ${index} ${"lorem ipsum dolor ".repeat(index % 23)}`.trim();
  for (let from = 0; from < 5_000; from += 1_000) {
    await scene.push(Array.from({ length: 1_000 }, (_, index) => [3_000 - (from + index) / 2, words(from + index)]));
  }
  const started = Date.now();
  await scene.logs(scene.selector, { limit: "5000" });
  await scene.holds("all lines", async () => /^5,000 lines$/.test(await scene.text(".lines-shown")));
  const loaded = Date.now() - started;
  await scroll(scene, "not wrapped");
  await scene.page.keyboard.press("w");
  await scene.page.waitForSelector(".lines.wrapped");
  await scroll(scene, "wrapped");
  console.log(`   5,000 lines: ${loaded} ms from the link to the rows`);
}

/** Scrolls from the newest to the oldest line in 100 steps, one a frame, and looks at what each frame cost. */
async function scroll(scene, how) {
  const measured = await scene.page.evaluate(async () => {
    const list = document.querySelector(".lines");
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    const drawn = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    list.scrollTop = 0;
    await frame();
    const frames = [];
    let blank = 0;
    for (let step = 1; step <= 100; step += 1) {
      const before = performance.now();
      list.scrollTop = ((list.scrollHeight - list.clientHeight) * step) / 100;
      await drawn();
      frames.push(performance.now() - before);
      const { left, top, height } = list.getBoundingClientRect();
      if (step < 98 && !document.elementFromPoint(left + 300, top + height / 2)?.closest(".line")) blank += 1;
    }
    list.scrollTop = list.scrollHeight;
    await drawn();
    await drawn();
    frames.sort((a, b) => a - b);
    const rows = [...document.querySelectorAll(".line")];
    return { median: frames[50], worst: frames[99], blank, rows: rows.length, last: rows.at(-1).querySelector(".line-text").textContent };
  });
  console.log(`   scrolling ${how}: median frame ${measured.median.toFixed(1)} ms, worst ${measured.worst.toFixed(1)} ms, ${measured.rows} rows drawn`);
  assert.equal(measured.last, "line 0");
  assert.equal(measured.blank, 0, "frames without rows");
  assert.ok(measured.rows < 200, `${measured.rows} rows are drawn`);
  assert.ok(measured.median < MEDIAN_MAX, `the median frame took ${measured.median} ms`);
  assert.ok(measured.worst < FRAME_MAX, `a frame took ${measured.worst} ms`);
}
