// Answers of the alerting APIs as they look in a bad night, for pages of a daemon in which nothing is wrong.

const ago = (seconds) => new Date(Date.now() - seconds * 1_000).toISOString();

const PODS = { namespace: "blog-system", pod: "was-0" };

function alert(name, severity, labels, more) {
  return { fingerprint: `f-${name}`, labels: { alertname: name, severity, ...labels }, annotations: {}, state: "firing", value: 1, active_at: ago(754), ...more };
}

function rule(name, query, severity, more = {}) {
  const state = more.alerts?.length ? more.alerts[0].state : "inactive";
  return {
    name, kind: "alerting", query, state, health: "ok", last_error: "", last_evaluation: ago(4), evaluation_seconds: 0.0012, for_seconds: 120,
    keep_firing_for_seconds: 0, labels: { severity }, annotations: { summary: "{{ $labels.pod }} is in trouble" }, blind: false, selectors: [], alerts: [], ...more,
  };
}

/** Two groups: three alerts, one blind rule, one that fails, and a recording rule. */
export function rules() {
  const down = alert("PodDown", "critical", PODS, { annotations: { summary: "Pod blog-system/was-0 is not running or not ready", runbook_url: "https://runbooks.example/pod-down" } });
  const memory = alert("HighMemoryUsage", "warning", { ...PODS, container: "was" }, { value: 93.456, active_at: ago(61), state: "pending", annotations: { summary: "was-0/was memory 93% of its limit" } });
  const disk = alert("HighDiskUsage", "warning", { volume: "/var/lib/mysql" }, { value: 88.1, active_at: ago(7_300), annotations: { summary: "/var/lib/mysql 88% full" } });
  const missing = { part: "label", name: "status", value: "", text: "no series of nginx_http_requests_total has the label status; it has instance, job" };
  const first = [
    rule("PodDown", 'kube_pod_status_ready{namespace="blog-system", condition="true"} == 0', "critical", { alerts: [down], selectors: [{ selector: 'kube_pod_status_ready{namespace="blog-system", condition="true"}', series: 3, missing: null }] }),
    rule("HighMemoryUsage", "100 * container_memory_working_set_bytes / container_spec_memory_limit_bytes > 80", "warning", { alerts: [memory], for_seconds: 300 }),
    rule("HighDiskUsage", "100 * kubelet_volume_stats_used_bytes / kubelet_volume_stats_capacity_bytes > 80", "warning", { alerts: [disk] }),
    rule("HighErrorRate", 'sum(rate(nginx_http_requests_total{status=~"5.."}[5m])) > 0.05', "warning", { blind: true, selectors: [{ selector: 'nginx_http_requests_total{status=~"5.."}', series: 0, missing }] }),
    rule("MySQLDown", 'mysql_up{namespace="blog-system"} == 0', "critical", { health: "err", last_error: "query timed out after 10s" }),
  ];
  const recorded = rule("job:up:sum", "sum by (job) (up)", "none", { kind: "recording", labels: {}, annotations: {}, for_seconds: 0 });
  return {
    groups: [
      { name: "blog-system", file: "embedded", interval_seconds: 15, language: "promql", rules: first },
      { name: "recorded", file: "/etc/belfry/rules/recorded.yml", interval_seconds: 60, language: "promql", rules: [recorded] },
    ],
  };
}

/** Two ways out, one of which fails. */
export function notifications() {
  const integration = (kind, more) => ({ kind, index: 0, sent: 3, failed: 0, last_success: ago(400), last_failure: "", last_error: "", ...more });
  const one = (more) => ({ at: ago(400), receiver: "oncall", integration: "slack[0]", group_key: '{}:{alertname="PodDown"}', group_labels: { alertname: "PodDown" }, status: "firing", alerts: ["f-PodDown"], outcome: "sent", attempts: 1, error: "", ...more });
  return {
    receivers: [
      { name: "oncall", integrations: [integration("slack"), integration("email", { sent: 0, failed: 2, last_success: "", last_failure: ago(390), last_error: "connecting to mail.example:587: connection refused" })] },
      { name: "nobody", integrations: [] },
    ],
    notifications: [one({}), one({ at: ago(390), integration: "email[0]", outcome: "failed", attempts: 4, error: "connecting to mail.example:587: connection refused" })],
  };
}

/** Who is silenced: the disk. */
export function routed() {
  return rules().groups.flatMap((group) => group.rules).flatMap((each) => each.alerts ?? []).filter(({ state }) => state === "firing").map(({ fingerprint, labels, annotations, active_at }) => {
    const silencedBy = labels.alertname === "HighDiskUsage" ? ["5e1f"] : [];
    return { fingerprint, labels, annotations, startsAt: active_at, endsAt: ago(-240), updatedAt: ago(4), generatorURL: "", receivers: [{ name: "oncall" }], status: { state: silencedBy.length ? "suppressed" : "active", silencedBy, inhibitedBy: [], mutedBy: [] } };
  });
}

/** One in force, one that is over. */
export function silences() {
  const one = (id, state, from, to, more) => ({ id, status: { state }, updatedAt: ago(from), startsAt: ago(from), endsAt: ago(to), createdBy: "ana", comment: "resize tomorrow", matchers: [{ name: "alertname", value: "HighDiskUsage", isRegex: false, isEqual: true }], ...more });
  return [one("5e1f", "active", 3_600, -18_000), one("01d0", "expired", 90_000, 86_400, { comment: "upgrade", matchers: [{ name: "namespace", value: "blog-.*", isRegex: true, isEqual: true }] })];
}

/** Lets the page see such a night; `parts` take the place of single answers, a number is a status. */
export async function night(page, parts = {}) {
  const answers = {
    "**/api/belfry/v1/rules": parts.rules ?? rules(),
    "**/api/belfry/v1/notifications": parts.notifications ?? notifications(),
    "**/api/v2/alerts": parts.routed ?? routed(),
    "**/api/v2/silences": parts.silences ?? silences(),
  };
  const posted = [];
  for (const [path, answer] of Object.entries(answers)) {
    await page.route(path, (route) => {
      const request = route.request();
      if (request.method() === "POST") {
        posted.push(request.postDataJSON());
        return route.fulfill({ json: { silenceID: "new" } });
      }
      return typeof answer === "number" ? route.fulfill({ status: answer, body: "404 page not found\n" }) : route.fulfill({ json: answer });
    });
  }
  await page.route("**/api/v2/silence/*", (route) => {
    posted.push(`${route.request().method()} ${new URL(route.request().url()).pathname}`);
    return route.fulfill({ status: 200, body: "" });
  });
  return posted;
}
