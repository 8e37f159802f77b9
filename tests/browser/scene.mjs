// What a scenario does and sees: a tab, and a Belfry behind it.
import assert from "node:assert/strict";
import { until } from "./stage.mjs";

/** Longest wait for something to be seen, in milliseconds. */
const SEEN_MAX = 15_000;

let scenes = 0;

/** One tab. */
export class Scene {
  constructor(page, belfry, stage) {
    this.page = page;
    this.belfry = belfry;
    this.stage = stage;
    scenes += 1;
    /** A label value of this scenario alone, so that scenarios do not see each other's lines. */
    this.app = `scene-${scenes}`;
    this.now = Date.now();
  }

  /** Pushes lines `[seconds before now, text, metadata]` of this scenario. */
  async push(lines, labels = {}) {
    await this.belfry.push({ app: this.app, ...labels }, lines.map(([ago, ...rest]) => [this.now - ago * 1_000, ...rest]));
  }

  /** The selector of this scenario's lines. */
  get selector() {
    return `{app="${this.app}"}`;
  }

  /** Opens the logs with a query and waits for its answer. */
  async logs(query, parameters = {}) {
    const search = new URLSearchParams({ query, from: "now-1h", to: "now", ...parameters });
    await this.page.goto(`${this.belfry.url}/logs?${search}`);
    await this.answered();
  }

  /** Waits until the search is over. */
  async answered() {
    await this.page.waitForSelector('.search[aria-busy="false"]');
  }

  /** Types a query in place of the one that is there and runs it. */
  async ask(query) {
    await this.page.fill("textarea", query);
    await this.page.press("textarea", "Enter");
    await this.answered();
  }

  /** The texts of the rows that are drawn, newest first. */
  async lines() {
    return this.page.$$eval(".lines .line-text", (rows) => rows.map((row) => row.textContent));
  }

  /** Waits until the drawn rows are these texts. */
  async sees(expected) {
    let last;
    await until("the lines", SEEN_MAX, async () => {
      last = await this.lines();
      return JSON.stringify(last) === JSON.stringify(expected);
    }).catch(() => assert.deepEqual(last, expected));
  }

  /** Waits until the condition on the page holds. */
  async holds(what, ask) {
    await until(what, SEEN_MAX, ask);
  }

  /** The text of an element. */
  async text(selector) {
    return (await this.page.textContent(selector))?.trim() ?? "";
  }

  /** The query in the input. */
  async query() {
    return this.page.inputValue("textarea");
  }

  /** The parameters of the address. */
  get parameters() {
    return new URL(this.page.url()).searchParams;
  }
}
