// The heights of the rows of a long list: how far down a row begins, and which row is at a height. Both take
// O(log n) whatever was measured since, by a Fenwick tree over the rows.

/** Heights of `count` rows in pixels. */
export class Heights {
  private readonly heights: Float64Array;
  private readonly tree: Float64Array;
  private sum = 0;

  constructor(readonly count: number, estimate: (index: number) => number) {
    this.heights = new Float64Array(count);
    this.tree = new Float64Array(count + 1);
    for (let index = 0; index < count; index += 1) {
      const height = estimate(index);
      this.heights[index] = height;
      this.tree[index + 1] = height;
      this.sum += height;
    }
    // Each node adds itself to its parent once, which builds the tree in O(n).
    for (let node = 1; node <= count; node += 1) {
      const parent = node + (node & -node);
      if (parent <= count) this.tree[parent] = (this.tree[parent] ?? 0) + (this.tree[node] ?? 0);
    }
  }

  /** The height of all rows. */
  get total(): number {
    return this.sum;
  }

  /** The height of a row. */
  of(index: number): number {
    return this.heights[index] ?? 0;
  }

  /** Takes the measured height of a row; returns by how much it grew. */
  set(index: number, height: number): number {
    const grew = height - this.of(index);
    if (grew === 0 || index < 0 || index >= this.count) return 0;
    this.heights[index] = height;
    this.sum += grew;
    for (let node = index + 1; node <= this.count; node += node & -node) this.tree[node] = (this.tree[node] ?? 0) + grew;
    return grew;
  }

  /** How far down the row begins. */
  offset(index: number): number {
    let sum = 0;
    for (let node = Math.min(index, this.count); node > 0; node -= node & -node) sum += this.tree[node] ?? 0;
    return sum;
  }

  /** The row that is at that height; the last one below the end, 0 when there is none. */
  at(offset: number): number {
    let [node, rest] = [0, Math.max(0, offset)];
    for (let bit = 1 << Math.floor(Math.log2(Math.max(1, this.count))); bit > 0; bit >>= 1) {
      const next = node + bit;
      const height = this.tree[next] ?? 0;
      if (next <= this.count && height <= rest) {
        node = next;
        rest -= height;
      }
    }
    return Math.max(0, Math.min(node, this.count - 1));
  }
}

/** Rows `[from, to)` of a list. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** The rows that a view of that height shows, and `spare` pixels more on both sides. */
export function windowAt(heights: Heights, top: number, view: number, spare: number): Window {
  if (heights.count === 0) return { from: 0, to: 0 };
  return { from: heights.at(top - spare), to: heights.at(top + view + spare) + 1 };
}
