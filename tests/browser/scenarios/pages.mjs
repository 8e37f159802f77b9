// Overview, targets, navigation, credentials, and a Belfry that is gone.
import assert from "node:assert/strict";
import { LOGIN } from "../stage.mjs";

export async function a_target_that_is_down_says_why(scene) {
  await scene.page.goto(`${scene.belfry.url}/targets`);
  await scene.page.waitForSelector(".state.down");
  assert.match(await scene.text(".pool:has(.state.down) h2"), /^nobody 0 of 1 up$/);
  assert.match(await scene.text(".error-row"), /127\.0\.0\.1:1.*refused/s);
  await scene.page.waitForSelector(".state.up");
  await scene.page.click('.switch button:has-text("Down")');
  await scene.holds("only the one that is down", async () => (await scene.page.$$(".pool .state.up")).length === 0);
}

export async function the_overview_leads_everywhere(scene) {
  await scene.push([[5, "level=error something broke"]], { service_name: scene.app });
  await scene.page.goto(scene.belfry.url);
  await scene.holds("a target that is down", async () => /1 down/.test(await scene.text(".tile.bad")));
  await scene.holds("who writes", async () => (await scene.page.$$(".volumes li")).length > 0);
  await scene.holds("the newest error", async () => /something broke/.test(await scene.text(".recent")));
  await scene.page.click('a:text-is("all of the last hour")');
  await scene.answered();
  assert.ok((await scene.lines()).includes("level=error something broke"));
  for (const [title, path] of [["Targets", "/targets"], ["Graph", "/graph"], ["Alerts", "/alerts"], ["Overview", "/"], ["Logs", "/logs"]]) {
    await scene.page.click(`.bar nav a:text-is("${title}")`);
    await scene.page.waitForSelector(`.bar nav a[aria-current]:text-is("${title}")`);
    assert.equal(new URL(scene.page.url()).pathname, path);
  }
  const links = await scene.page.$$eval(".bar a", (all) => all.map((link) => link.href));
  for (const link of links) assert.equal((await fetch(link)).status, 200, link);
}

export async function credentials_hold_for_pages_apis_and_the_tail(scene) {
  const guarded = await scene.stage.guarded();
  try {
    const basic = `Basic ${Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString("base64")}`;
    await guarded.push({ app: "guarded" }, [[Date.now() - 1_000, "behind a door"]], { authorization: basic });
    const page = await scene.stage.tab({ httpCredentials: LOGIN });
    try {
      await page.goto(`${guarded.url}/logs?${new URLSearchParams({ query: '{app="guarded"}', from: "now-1h", to: "now", live: "1" })}`);
      await page.waitForSelector('.line-text:text-is("behind a door")');
      await page.waitForSelector(".live-state.open");
      await guarded.push({ app: "guarded" }, [[Date.now(), "and live"]], { authorization: basic });
      await page.waitForSelector('.line-text:text-is("and live")');
    } finally {
      await page.context().close();
    }
    assert.equal((await fetch(`${guarded.url}/logs`)).status, 401);
  } finally {
    await guarded.stop();
  }
}

export async function a_daemon_that_is_gone_is_told(scene) {
  await scene.push([[5, "before"]]);
  await scene.logs(scene.selector);
  await scene.sees(["before"]);
  await scene.page.route("**/loki/api/v1/query_range*", (route) => route.abort());
  await scene.page.keyboard.press("r");
  await scene.page.waitForSelector(".error-box");
  assert.match(await scene.text(".error-box p"), /does not answer/);
  await scene.page.unroute("**/loki/api/v1/query_range*");
  await scene.page.click('.error-box button:text-is("Try again")');
  await scene.sees(["before"]);
}
