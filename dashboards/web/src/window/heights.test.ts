import assert from "node:assert/strict";
import { test } from "node:test";
import { Heights, windowAt } from "./heights.ts";
import { ROW, RowHeights } from "./row_heights.ts";

test("offsets and rows agree with plain sums, whatever was measured", () => {
  const heights = new Heights(1_000, () => 20);
  const plain = new Array<number>(1_000).fill(20);
  let random = 7;
  for (let round = 0; round < 500; round += 1) {
    random = (random * 48_271) % 2_147_483_647;
    const [index, height] = [random % 1_000, random % 97];
    assert.equal(heights.set(index, height), height - (plain[index] ?? 0));
    plain[index] = height;
  }
  assert.equal(heights.total, plain.reduce((sum, one) => sum + one, 0));
  let offset = 0;
  for (let index = 0; index < 1_000; index += 1) {
    assert.equal(heights.offset(index), offset);
    const height = plain[index] ?? 0;
    if (height > 0) {
      assert.equal(heights.at(offset), index);
      assert.equal(heights.at(offset + height - 0.5), index);
    }
    offset += height;
  }
  assert.equal(heights.at(offset + 99), 999);
  assert.equal(heights.at(-5), heights.at(0));
});

test("the window holds what is in view and a little more", () => {
  const heights = new Heights(5_000, () => 20);
  assert.deepEqual(windowAt(heights, 0, 400, 100), { from: 0, to: 26 });
  assert.deepEqual(windowAt(heights, 50_000, 400, 100), { from: 2_495, to: 2_526 });
  assert.deepEqual(windowAt(heights, 99_900, 400, 100), { from: 4_990, to: 5_000 });
  assert.deepEqual(windowAt(new Heights(0, () => 20), 0, 400, 100), { from: 0, to: 0 });
});

const rows = (from: number, to: number): { id: number; line: string }[] =>
  Array.from({ length: to - from }, (_, index) => ({ id: from + index, line: "x".repeat(500) }));

test("the reader stays where they are when lines come above", () => {
  const layout = { wrap: false, width: 1_000 };
  const list = new RowHeights();
  assert.deepEqual(list.lay(rows(100, 200), layout, 0), { top: null });
  // At the very top new lines are to be seen.
  assert.deepEqual(list.lay(rows(90, 200), layout, 0), { top: null });
  assert.deepEqual(list.lay(rows(80, 200), layout, 507), { top: 507 + 10 * ROW });
  // Lines that go below change nothing above.
  assert.deepEqual(list.lay(rows(80, 150), layout, 507), { top: null });
});

test("wrapped lines are guessed by their length", () => {
  const list = new RowHeights();
  list.lay(rows(0, 10), { wrap: true, width: 970 }, 0);
  assert.equal(list.heights.of(0), ROW * 5);
});
