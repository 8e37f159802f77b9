// The page of alerts against a daemon whose rules fire and whose receivers answer; the fixtures show what takes long to happen.
import assert from "node:assert/strict";
import { until } from "../stage.mjs";

const open = async (scene, search = "") => {
  const watch = await scene.stage.watch();
  await scene.page.goto(`${watch.belfry.url}/alerts${search}`);
  await scene.page.waitForSelector('.alerts[aria-busy="false"]');
  return watch;
};

const read = (scene, selector) => scene.page.$$eval(selector, (all) => all.map((one) => one.innerText.replace(/\s+/g, " ").trim()));

const card = (name) => `.alert:has(.alert-name:text-is("${name}"))`;

/** Waits until the card of the alert reads so. The page asks again by itself. */
async function reads(scene, name, pattern) {
  let last = "";
  await scene.holds(`${name} to read ${pattern}`, async () => {
    [last = ""] = await read(scene, card(name));
    return pattern.test(last);
  }).catch(() => assert.match(last, pattern));
}

export async function an_alert_says_who_was_told_and_how_that_went(scene) {
  const watch = await open(scene);
  await reads(scene, "PodDown", /^firing critical PodDown for .*, since .* 7 pods are not ready value 7 namespace=blog-system pod=was-0 sent oncall by webhook\[0\], /);
  assert.ok(watch.told.includes("/oncall firing PodDown"), watch.told.join());
  // What fails again and again does not hide what works.
  await reads(scene, "DiskFull", /failed storage by webhook\[1\].* 404: no such hook.*sent storage by webhook\[0\], |sent storage by webhook\[0\], .*failed storage by webhook\[1\].* 404: no such hook/);
  await scene.holds("the receivers", async () => /fails webhook\[1\]: 0 sent; \d+ failed, last .* 404: no such hook/.test((await read(scene, ".receivers")).join()));
}

export async function an_alert_leads_to_its_value_and_to_its_lines(scene) {
  const watch = await open(scene);
  await reads(scene, "PodDown", /^firing/);
  await watch.belfry.push({ namespace: "blog-system", pod: "was-0" }, [[Date.now(), "the last word of was-0"]]);
  await scene.page.click(`${card("PodDown")} .acts a:text-is("Query")`);
  await scene.holds("the value", async () => /\b7$/.test((await read(scene, "main table tbody tr")).join()));
  await scene.page.goBack();
  await scene.page.click(`${card("PodDown")} .acts a:text-is("Logs")`);
  await scene.answered();
  await scene.sees(["the last word of was-0"]);
}

export async function two_clicks_silence_an_alert_until_it_is_expired(scene) {
  const watch = await open(scene);
  await reads(scene, "Noisy", /sent oncall/);
  await scene.page.click(`${card("Noisy")} button:has-text("Silence…")`);
  await scene.page.click(`${card("Noisy")} .silence-form button:text-is("Silence")`);
  await reads(scene, "Noisy", /^firing silenced critical Noisy .* Silenced by somebody, ends in 1h 59m, /);
  const stateOf = async () => (await watch.ask("/api/v2/alerts")).find(({ labels }) => labels.alertname === "Noisy").status.state;
  assert.equal(await stateOf(), "suppressed");
  await scene.page.click('.silence.active button:has-text("Edit or extend…")');
  await scene.page.click('.silence-form button:text-is("1 d")');
  await scene.page.click('.silence-form button:text-is("Save")');
  await reads(scene, "Noisy", /Silenced by somebody, ends in 23h 59m, /);
  await scene.page.click('.silence.active button:text-is("Expire")');
  await scene.holds("the end of the silence", async () => (await scene.page.$(`${card("Noisy")}.hushed`)) === null);
  await reads(scene, "Noisy", /^firing critical Noisy/);
  assert.equal(await stateOf(), "active");
  await scene.page.click(".over summary");
  await scene.page.click('.silence.expired button:text-is("Again…")');
  assert.equal(await scene.page.inputValue(".silence-form textarea"), '{alertname="Noisy", pod="noisy-0", severity="critical"}');
}

export async function what_is_held_back_says_by_what(scene) {
  await open(scene);
  await reads(scene, "NodeSlow", /^firing inhibited warning NodeSlow .* Inhibited by the alert NodeDown Nobody was told\./);
  await reads(scene, "Nightly", /^firing muted info Nightly .* Muted by the time interval always Nobody was told\./);
  await reads(scene, "Slow", /^pending warning Slow .* value 0\.5 Nobody was told: it fires when it holds for 59m\d+s more\./);
}

export async function rules_that_cannot_fire_are_on_top_with_the_reason(scene) {
  const watch = await open(scene);
  const list = async (selector) => (await scene.page.$$eval(selector, (all) => all.map((one) => one.textContent))).join("\n");
  const metric = 'NoSuchMetricno_such_metric{pod="was-0"} matches nothing: no series has the metric name no_such_metric.';
  const label = 'NoSuchLabelup{color="red"} matches nothing: no series of up has the label color; it has instance, job.';
  // Before the first scrape nothing is there; it is looked again after ten seconds.
  await until("the second look", 30_000, async () => JSON.stringify(await watch.ask("/api/belfry/v1/rules")).includes("no series of up has"));
  let blind = "";
  await scene.holds("blind rules", async () => (blind = await list(".blind:not(.failing) li")).includes(label)).catch(() => assert.equal(blind, label));
  assert.ok(blind.includes(metric), blind);
  await scene.holds("a rule that fails", async () => /ManyToMany.*many-to-many matching not allowed/.test(await list(".failing li")));
  await scene.page.click(".failing a");
  await scene.page.waitForSelector('.rule[open]:has-text("ManyToMany")');
  await scene.page.goto(watch.belfry.url);
  await scene.holds("the overview", async () => /^Alerts \d+ firing 1 pending, 1 failing, \d blind$/.test((await read(scene, ".tile.bad")).find((text) => text.startsWith("Alerts")) ?? ""));
  await scene.page.click('.tile a:has-text("firing")');
  await scene.page.waitForSelector(".alert");
}

export async function lines_raise_an_alert_too(scene) {
  const watch = await open(scene);
  await watch.belfry.push({ app: "watched", pod: "was-1" }, [1, 2, 3].map((each) => [Date.now(), `error ${each}`]));
  await reads(scene, "ManyErrors", /^firing warning ManyErrors .* value 3 pod=was-1 sent oncall by webhook\[0\], /);
  await scene.page.click(`${card("ManyErrors")} .acts a:text-is("Query")`);
  await scene.page.waitForSelector('.bar nav a[aria-current]:text-is("Logs")');
  assert.match(await scene.query(), /^\(sum by/);
}

export async function a_newcomer_learns_what_to_write(scene) {
  await scene.page.goto(`${scene.belfry.url}/alerts`);
  await scene.holds("the notice", async () => /No receiver is configured: notifications are shown only here/.test(await scene.text(".note")));
  assert.match(await scene.text(".quiet"), /no rule that could raise one/);
  assert.match(await scene.text(".example"), /alert: TargetDown/);
}
