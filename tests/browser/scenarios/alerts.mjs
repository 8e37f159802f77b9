// The page for the one who is called at night, against made-up answers: what a daemon does not show quickly. `watch.mjs` has the rest.
import assert from "node:assert/strict";
import { night, notifications, routed, rules, silences } from "../fixture.mjs";

const open = async (scene, search = "") => {
  await scene.page.goto(`${scene.belfry.url}/alerts${search}`);
  await scene.page.waitForSelector('.alerts[aria-busy="false"]');
};

const texts = (scene, selector) => scene.page.$$eval(selector, (all) => all.map((one) => one.innerText.replace(/\s+/g, " ").trim()));

export async function what_needs_somebody_most_is_on_top(scene) {
  await night(scene.page);
  await open(scene);
  await scene.holds("the silenced one", async () => (await scene.page.$$(".alert.hushed")).length === 1);
  assert.deepEqual(await texts(scene, ".alert-name"), ["PodDown", "HighDiskUsage", "HighMemoryUsage"]);
  const [down, disk, memory] = await texts(scene, ".alert");
  assert.match(down, /^firing critical PodDown for 12m 3\ds, since .*Pod blog-system\/was-0 is not running or not ready value 1 namespace=blog-system pod=was-0 sent oncall by slack\[0\].*failed oncall by email\[0\] after 4 attempts.*connection refused/);
  assert.match(disk, /^firing silenced .*Silenced by ana, ends in 4h 59m.*: resize tomorrow Nobody was told\./);
  assert.match(memory, /^pending .* value 93\.456 .*fires when it holds for 3m5\ds more/);
  assert.equal(await scene.page.title(), "(2) Alerts · Belfry");
}

export async function the_overview_counts_and_leads_here(scene) {
  await night(scene.page);
  await scene.page.goto(scene.belfry.url);
  await scene.page.click('.tile.bad a:text-is("2 firing")');
  await scene.page.waitForSelector('.alerts[aria-busy="false"]');
}

export async function many_blind_rules_leave_room_for_what_fires(scene) {
  const { groups: [group] } = rules();
  const blind = ["A", "B", "C", "D"].map((name) => ({ ...group.rules[3], name }));
  await night(scene.page, { rules: { groups: [{ ...group, rules: blind }] }, routed: [] });
  await open(scene);
  assert.match(await scene.text(".blind summary"), /^4 rules are blind: .* may never fire: A, B, C, D$/);
  assert.equal(await scene.page.isVisible(".blind li"), false);
  assert.match(await scene.text(".quiet"), /^Nothing fires\. 4 rules are watched, of which 4 cannot see all that they ask for/);
  await scene.page.click(".blind summary");
  assert.equal((await texts(scene, ".blind li")).length, 4);
}

export async function an_alert_leads_to_its_query_and_its_lines(scene) {
  await night(scene.page);
  await open(scene);
  const links = await scene.page.$$eval(".alert:first-child .acts a", (all) => Object.fromEntries(all.map((link) => [link.textContent, link.href])));
  const graph = new URL(links.Query);
  assert.deepEqual([graph.pathname, graph.searchParams.get("g0.expr"), graph.searchParams.get("g0.tab")], ["/graph", 'kube_pod_status_ready{namespace="blog-system", condition="true"} == 0', "1"]);
  assert.equal(links.Runbook, "https://runbooks.example/pod-down");
  await scene.page.click('.alert:first-child .acts a:text-is("Logs")');
  await scene.answered();
  assert.equal(await scene.query(), '{namespace="blog-system",pod="was-0"}');
  const [from, to] = ["from", "to"].map((name) => Date.parse(scene.parameters.get(name)));
  assert.ok(from < Date.now() - 754_000 && to > Date.now() - 754_000 && to <= Date.now(), `${from} to ${to}`);
}

export async function a_silence_is_made_wider_and_its_author_is_remembered(scene) {
  const posted = await night(scene.page);
  await open(scene, `?silence=${encodeURIComponent('{alertname=~"High.*",pod="was-0"}')}`);
  assert.match(await scene.text(".chips"), /takes 1 of 3 active alerts$/);
  await scene.page.click('.chips button:has-text("pod=")');
  assert.match(await scene.text(".chips"), /takes 2 of 3 active alerts$/);
  await scene.page.fill('[aria-label="Your name"]', "ana");
  await scene.page.fill('[aria-label="Why"]', "new disk");
  await scene.page.click('.silence-form button:text-is("8 h")');
  await scene.page.press('[aria-label="Why"]', "Enter");
  await scene.holds("a silence", async () => posted.length === 1);
  assert.deepEqual(posted[0].matchers, [{ name: "alertname", value: "High.*", isRegex: true, isEqual: true }]);
  assert.deepEqual([posted[0].createdBy, posted[0].comment], ["ana", "new disk"]);
  await scene.holds("the link is done with", async () => scene.parameters.get("silence") === null);
  await scene.page.click('button:has-text("New silence…")');
  assert.equal(await scene.page.inputValue('[aria-label="Your name"]'), "ana");
  assert.ok(await scene.page.isDisabled('.silence-form button:text-is("Silence")'), "a silence of everything");
  await scene.page.fill(".silence-form textarea", "{nonsense");
  assert.match(await scene.text(".silence-form .bad"), /Matchers look like/);
  await scene.page.keyboard.press("Escape");
  assert.equal(await scene.page.$(".silence-form"), null);
}

export async function a_silence_is_extended_expired_and_made_again(scene) {
  const posted = await night(scene.page);
  await open(scene);
  await scene.page.waitForSelector(".silence.active");
  await scene.page.click('.silence.active button:has-text("Edit or extend…")');
  await scene.page.click('.silence-form button:text-is("1 d")');
  await scene.page.click('.silence-form button:text-is("Save")');
  await scene.holds("a change", async () => posted.length === 1);
  assert.equal(posted[0].id, "5e1f");
  assert.ok(Math.abs(Date.parse(posted[0].endsAt) - Date.now() - 86_400_000) < 60_000, posted[0].endsAt);
  await scene.page.click('.silence.active button:text-is("Expire")');
  await scene.holds("an end", async () => posted.length === 2);
  assert.equal(posted[1], "DELETE /api/v2/silence/5e1f");
  await scene.page.click(".over summary");
  await scene.page.click('.silence.expired button:text-is("Again…")');
  assert.equal(await scene.page.inputValue(".silence-form textarea"), '{namespace=~"blog-.*"}');
}

export async function what_the_server_refuses_is_said(scene) {
  await night(scene.page);
  await scene.page.route("**/api/v2/silences", (route) => (route.request().method() === "POST" ? route.fulfill({ status: 400, json: "end time must not be in the past" }) : route.fallback()));
  await open(scene);
  await scene.page.click('.alert:first-child button:has-text("Silence…")');
  await scene.page.click('.silence-form button:text-is("Silence")');
  await scene.holds("why", async () => /end time must not be in the past/.test(await scene.text(".silence-form [role=alert]")));
}

export async function rules_tell_what_they_see(scene) {
  await night(scene.page);
  await open(scene, "?rule=MySQLDown");
  await scene.page.waitForSelector('.rule[open]:has-text("MySQLDown")');
  const [facts] = await texts(scene, ".rule[open] .facts");
  assert.match(facts, /Query mysql_up\{namespace="blog-system"\} == 0 For 2m, then it fires Evaluated .* query timed out after 10s Labels severity=critical/);
  assert.deepEqual(await texts(scene, ".rule-group summary h3"), ["blog-system", "recorded"]);
  assert.deepEqual(await texts(scene, ".rule > summary"), ["firing PodDown", "pending HighMemoryUsage", "firing HighDiskUsage", "inactive HighErrorRate blind", "inactive MySQLDown failing", "recording job:up:sum"]);
  await scene.page.fill('input[type="search"]', "mysql");
  await scene.holds("one rule", async () => (await scene.page.$$(".rule")).length === 1);
}

export async function a_daemon_that_tells_only_a_part_is_borne(scene) {
  await night(scene.page, { rules: rules(), notifications: 404, routed: 404, silences: 503 });
  await open(scene);
  await scene.holds("what is not told", async () => /does not tell of alerts on their way to receivers, notifications\./.test(await scene.text(".alerts")));
  assert.deepEqual(await texts(scene, ".alert-name"), ["PodDown", "HighDiskUsage", "HighMemoryUsage"]);
  await scene.page.unroute("**/api/v2/silences");
  await night(scene.page, { rules: { groups: [] }, notifications: notifications(), routed: routed(), silences: silences() });
  await scene.holds("alerts that others raised", async () => (await texts(scene, ".alert-name")).join() === "PodDown,HighDiskUsage");
  await scene.page.waitForSelector(".silence.active");
}

export async function a_phone_shows_every_page_without_scrolling_sideways(scene) {
  await night(scene.page);
  await scene.page.setViewportSize({ width: 360, height: 740 });
  for (const path of ["/", "/alerts?silence=%7Balertname%3D%22PodDown%22%7D", "/logs", "/graph?g0.expr=up", "/targets"]) {
    await scene.page.goto(scene.belfry.url + path);
    await scene.page.waitForLoadState("networkidle");
    const [wide, seen] = await scene.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(wide <= seen, `${path} is ${wide} px wide`);
  }
}

export async function links_of_alertmanagers_page_open_ours(scene) {
  await night(scene.page);
  await scene.page.goto(`${scene.belfry.url}/#/silences/new?filter=${encodeURIComponent('{alertname="PodDown"}')}`);
  await scene.page.waitForSelector(".silence-form");
  assert.equal(new URL(scene.page.url()).pathname, "/alerts");
  assert.equal(await scene.page.inputValue(".silence-form textarea"), '{alertname="PodDown"}');
}

export async function the_keyboard_is_enough(scene) {
  const posted = await night(scene.page);
  await open(scene);
  await scene.page.keyboard.press("/");
  await scene.page.keyboard.type("memory");
  await scene.holds("one alert", async () => (await scene.page.$$(".alert")).length === 1);
  await scene.page.focus('.alert button:has-text("Silence…")');
  await scene.page.keyboard.press("Enter");
  await scene.page.waitForSelector('.silence-form button:text-is("Silence"):focus');
  await scene.page.keyboard.press("Escape");
  await scene.page.waitForSelector('.alert button:has-text("Silence…"):focus');
  await scene.page.keyboard.press("Enter");
  await scene.page.waitForSelector('.silence-form button:text-is("Silence"):focus');
  await scene.page.keyboard.press("Enter");
  await scene.holds("a silence", async () => posted.length === 1);
}
