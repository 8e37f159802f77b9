import assert from "node:assert/strict";
import { test } from "node:test";
import type { RoutedAlert, Silence } from "../api/alertmanager.ts";
import { withMutes } from "../api/mutes.ts";
import type { Notification } from "../api/notifications.ts";
import type { Rule, RuleAlert, RuleGroup } from "../api/rules.ts";
import { type ActiveAlert, activeAlerts } from "./active.ts";
import { logsLink, queryLink } from "./links.ts";
import { blindRules, countRules, failingRules, formatValue, isAbout } from "./rules.ts";
import { byWay } from "./ways.ts";

const NOON = Date.UTC(2026, 10, 28, 12, 0, 0);

const alert = (name: string, more: Partial<RuleAlert> = {}): RuleAlert => ({
  fingerprint: `f-${name}`,
  labels: { alertname: name, severity: "critical" },
  annotations: {},
  state: "firing",
  value: 1,
  active_at: "2026-11-28T12:00:00.000Z",
  ...more,
});

const rule = (name: string, alerts: RuleAlert[], more: Partial<Rule> = {}): Rule => ({
  name,
  kind: "alerting",
  query: "up == 0",
  state: alerts.length > 0 ? "firing" : "inactive",
  health: "ok",
  last_error: "",
  last_evaluation: "",
  evaluation_seconds: 0,
  labels: {},
  blind: false,
  selectors: [],
  alerts,
  ...more,
});

const group = (...rules: Rule[]): RuleGroup => ({ name: "g", file: "embedded", interval_seconds: 15, language: "promql", rules });

const routed = (fingerprint: string, labels: Record<string, string>, status: Partial<RoutedAlert["status"]> = {}): RoutedAlert => ({
  fingerprint,
  labels,
  annotations: {},
  startsAt: "2026-11-28T11:00:00.000Z",
  generatorURL: "javascript:alert(1)",
  receivers: [{ name: "oncall" }],
  status: { state: "active", silencedBy: [], inhibitedBy: [], mutedBy: [], ...status },
});

const names = (alerts: readonly ActiveAlert[]): string[] => alerts.map(({ name }) => name);

test("what needs somebody most comes first", () => {
  const later = "2026-11-28T12:00:05.000Z";
  const rules = [
    rule("pending", [alert("pending", { state: "pending" })]),
    rule("info", [alert("info", { labels: { alertname: "info", severity: "info" } })]),
    rule("old", [alert("old")]),
    rule("new", [alert("new", { active_at: later })]),
    rule("hushed", [alert("hushed", { active_at: later })]),
    { name: "recorded", kind: "recording", query: "1", health: "ok", last_error: "", last_evaluation: "", evaluation_seconds: 0, labels: {}, blind: false, selectors: [] } as Rule,
  ];
  const hushed = routed("f-hushed", {}, { state: "suppressed", silencedBy: ["s"] });
  const alerts = activeAlerts({ groups: [group(...rules)], routed: [hushed], silences: [], notifications: [] });
  assert.deepEqual(names(alerts), ["new", "old", "info", "hushed", "pending"]);
});

test("an alert finds who hushed it and who was told", () => {
  const silence = { id: "s", createdBy: "ana" } as Silence;
  const told = { alerts: ["f-outer"], receiver: "oncall" } as unknown as Notification;
  const outer = routed("f-outer", { alertname: "inner", severity: "critical", cluster: "home" }, { silencedBy: ["s", "gone"], inhibitedBy: ["f-node"], mutedBy: ["nights"] });
  const node = routed("f-node", { alertname: "NodeDown" });
  const known = { groups: [group(rule("inner", [alert("inner")]))], routed: [outer, node], silences: [silence], notifications: [told] };
  const [foreign, inner] = activeAlerts(known);
  assert.deepEqual(inner?.hushes.map((hush) => (hush.kind === "silenced" ? hush.silence?.createdBy ?? hush.id : `${hush.kind} ${hush.by}`)), ["ana", "gone", "inhibited NodeDown", "muted nights"]);
  assert.deepEqual(inner?.notifications, [told]);
  assert.deepEqual([foreign?.name, foreign?.rule, foreign?.since, foreign?.generator], ["NodeDown", null, NOON - 3_600_000, ""]);
});

test("without an answer there is nothing", () => {
  assert.deepEqual(activeAlerts({ groups: [], routed: [], silences: [], notifications: [] }), []);
});

test("blind rules tell which selectors match nothing", () => {
  const missing = { part: "label", name: "status", value: "", text: "no series of x has the label status; it has instance" } as const;
  const selectors = [{ selector: "x{}", series: 2, missing: null }, { selector: 'x{status="500"}', series: 0, missing }];
  const groups = [group(rule("seeing", []), rule("blind", [], { blind: true, selectors }))];
  assert.deepEqual(blindRules(groups), [{ name: "blind", group: "g", selectors: [selectors[1]] }]);
  assert.deepEqual(countRules([rule("a", [alert("a")]), rule("b", [], { health: "err" })]), { firing: 1, pending: 0, failing: 1 });
  assert.ok(isAbout(rule("HighCPU", [], { labels: { team: "Web" } }), "web"));
  assert.ok(!isAbout(rule("HighCPU", []), "memory"));
});

test("a rule that fired since its selectors were looked up is not blind", () => {
  const groups = [group(rule("fires", [alert("fires")], { blind: true }), rule("fails", [], { health: "err" }))];
  assert.deepEqual(blindRules(groups), []);
  assert.deepEqual(failingRules(groups).map((one) => [one.rule.name, one.group]), [["fails", "g"]]);
});

test("an alert is muted when all its groups are", () => {
  const [night, day, lone] = ["night", "day", "lone"].map((name) => routed(name, {}));
  const in_ = (alert: RoutedAlert | undefined, ...mutedBy: string[]) => ({ alerts: alert ? [{ ...alert, status: { ...alert.status, mutedBy } }] : [] });
  const groups = [in_(night, "a"), in_(night, "a", "b"), in_(day, "a"), in_(day)];
  assert.deepEqual(withMutes([night!, day!, lone!], groups).map(({ status }) => status.mutedBy), [["a", "b"], [], []]);
});

test("a way that fails does not hide one that works", () => {
  const one = (integration: string, at: string) => ({ receiver: "oncall", integration, at }) as Notification;
  const all = [one("email[0]", "4"), one("email[0]", "3"), one("slack[0]", "2"), one("slack[0]", "1")];
  const { newest, rest } = byWay(all);
  assert.deepEqual([newest.map(({ at }) => at), rest.map(({ at }) => at)], [["4", "2"], ["3", "1"]]);
});

test("an alert leads to its query and to the lines of its pod", () => {
  const search = (link: { readonly search: string } | null): string => decodeURIComponent(link?.search.replaceAll("+", " ") ?? "none");
  assert.equal(search(queryLink(rule("a", []), { language: "promql" }, NOON)), "g0.expr=up == 0&g0.tab=1&g0.range_input=1h");
  assert.equal(queryLink(rule("a", []), { language: "logql" }, NOON).page, "logs");
  const labels = { namespace: "blog", pod: 'was"0', container: "was" };
  assert.equal(search(logsLink(labels, NOON, NOON + 60_000)), 'query={namespace="blog",pod="was\\"0"}&from=2026-11-28T11:45:00.000Z&to=2026-11-28T12:01:00.000Z');
  assert.equal(search(logsLink({ namespace: "blog" }, NOON, NOON + 3_600_000)), 'query={namespace="blog"}&from=2026-11-28T11:45:00.000Z&to=2026-11-28T12:15:00.000Z');
  assert.equal(logsLink({ instance: "a:1" }, NOON, NOON), null);
});

test("values are short", () => {
  const check = (value: number | string, expected: string): void => assert.equal(formatValue(value), expected);
  check(1, "1");
  check(12345, "12,345");
  check(93.456789, "93.457");
  check(0.0000123456, "0.00001235");
  check("NaN", "NaN");
});
