// A Belfry with a data folder of its own, and a Chromium that looks at it.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Scene } from "./scene.mjs";
import { Watch } from "./watch.mjs";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const BELFRY = resolve(process.env.BELFRY_BIN ?? "target/debug/belfry");

/** Nothing that talks to the outside, and no sandbox: tests run as root. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Credentials of the daemon that asks for them: `ali`, `open sesame`. */
export const LOGIN = { username: "ali", password: "open sesame" };
const LOGIN_HASH = "$2b$04$NbPOgGQwcdzts5NDuhWgL.tXKZ9rxAprcJzluBbpq92hOC6b0tu9y";

/** Longest wait for the daemon to be ready, in milliseconds. */
const READY_MAX = 30_000;

/** What is not there; null when all is. */
export async function missing() {
  if (!existsSync(CHROMIUM)) return `no Chromium at ${CHROMIUM}`;
  if (!existsSync(BELFRY)) return `no Belfry at ${BELFRY}; set BELFRY_BIN`;
  try {
    await import("playwright-core");
  } catch {
    return "no playwright-core; run npm ci in tests/browser";
  }
  return null;
}

/** The browser and the daemon that most scenarios share. */
export class Stage {
  static async open() {
    const { chromium } = await import("playwright-core");
    const stage = new Stage();
    stage.folder = mkdtempSync(join(tmpdir(), "belfry-browser-"));
    stage.belfry = await Belfry.start(join(stage.folder, "data"), CONFIG);
    // Playwright gives it a new profile in a folder of its own.
    stage.browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS });
    return stage;
  }

  /** A tab with a memory of its own; the caller closes its context. */
  async tab(options = {}) {
    const context = await this.browser.newContext({ viewport: { width: 1400, height: 860 }, ...options });
    return context.newPage();
  }

  /** Plays one scenario in a tab of its own; fails when the page complains. */
  async scene(play) {
    const page = await this.tab();
    const complaints = [];
    page.on("pageerror", (error) => complaints.push(`page error: ${error.message}`));
    page.on("console", (message) => {
      // A status that is no success is written to the console by the browser itself.
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) complaints.push(message.text());
    });
    page.setDefaultTimeout(15_000);
    try {
      await play(new Scene(page, this.belfry, this));
      if (complaints.length > 0) throw new Error(`the browser complains: ${complaints.join("; ")}`);
    } finally {
      await page.context().close();
    }
  }

  /** A daemon of its own that asks for credentials; the caller stops it. */
  async guarded() {
    const config = `${CONFIG}web: {auth: {basic_auth_users: {${LOGIN.username}: '${LOGIN_HASH}'}}}\n`;
    return Belfry.start(mkdtempSync(join(this.folder, "guarded-")), config);
  }

  /** The daemon with rules and receivers, started for the first scenario that needs it. */
  async watch() {
    this.watching ??= Watch.open(join(this.folder, "watch"));
    return this.watching;
  }

  async close() {
    await this.browser.close();
    await this.watching?.then((watch) => watch.close());
    await this.belfry.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** One target that answers (itself) and one that cannot. */
const CONFIG = `
global: {scrape_interval: 1s, scrape_timeout: 1s}
exporters: {self: true}
scrape_configs:
  - job_name: nobody
    static_configs: [{targets: ["127.0.0.1:1"]}]
`;

/** A running daemon. */
export class Belfry {
  static async start(folder, config) {
    const belfry = new Belfry();
    const file = `${folder}.yml`;
    writeFileSync(file, config);
    belfry.process = spawn(BELFRY, ["serve", "--config", file, "--data-dir", folder, "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "pipe"] });
    belfry.said = "";
    for (const stream of [belfry.process.stdout, belfry.process.stderr]) stream.on("data", (text) => (belfry.said += text));
    belfry.ended = new Promise((done) => belfry.process.once("exit", done));
    belfry.url = await until("Belfry to listen", READY_MAX, () => /listening on (http:\/\/[\d.:]+)/.exec(belfry.said)?.[1]);
    await until("Belfry to be ready", READY_MAX, async () => (await fetch(`${belfry.url}/-/ready`)).ok);
    return belfry;
  }

  /**
   * Pushes lines: `[ms, text, metadata]`, in streams by their labels. Times in milliseconds; lines of one millisecond
   * are a nanosecond apart.
   */
  async push(labels, lines, headers = {}) {
    let last = 0n;
    const values = lines.map(([ms, text, metadata]) => {
      const ns = BigInt(Math.round(ms)) * 1_000_000n;
      last = ns > last ? ns : last + 1n;
      return [String(last), text, ...(metadata ? [metadata] : [])];
    });
    const response = await fetch(`${this.url}/loki/api/v1/push`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ streams: [{ stream: labels, values }] }),
    });
    if (response.status !== 204) throw new Error(`push answered ${response.status}: ${await response.text()}`);
  }

  async stop() {
    this.process.kill("SIGTERM");
    await this.ended;
  }
}

/** Asks until the answer is true, or fails after so many milliseconds. */
export async function until(what, most, ask) {
  const end = Date.now() + most;
  for (;;) {
    const answer = await Promise.resolve().then(ask).catch(() => undefined);
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited ${most} ms for ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}
