// The made-up cluster of the README's pictures: its metrics of the last hour, and what is wrong with it.
import { remoteWrite } from "./remote_write.mjs";

const NAMESPACE = { namespace: "blog-system" };

/** One that fires, one that waits, one that sees nothing, one that is silenced. */
export const RULES = {
  groups: [
    {
      name: "blog-system",
      interval: "1s",
      rules: [
        {
          alert: "PodDown",
          expr: 'kube_pod_status_ready{namespace="blog-system", condition="true"} == 0',
          labels: { severity: "critical" },
          annotations: { summary: "Pod {{ $labels.namespace }}/{{ $labels.pod }} is not ready", runbook_url: "https://runbooks.example/pod-down" },
        },
        {
          alert: "HighMemoryUsage",
          expr: "100 * container_memory_working_set_bytes / container_spec_memory_limit_bytes > 80",
          for: "5m",
          labels: { severity: "warning" },
          annotations: { summary: '{{ $labels.pod }} memory {{ $value | printf "%.0f" }}% of its limit' },
        },
        {
          alert: "HighDiskUsage",
          expr: "100 * kubelet_volume_stats_used_bytes / kubelet_volume_stats_capacity_bytes > 80",
          labels: { severity: "warning" },
          annotations: { summary: '{{ $labels.persistentvolumeclaim }} {{ $value | printf "%.0f" }}% full' },
        },
        { alert: "HighErrorRate", expr: 'sum(rate(nginx_http_requests_total{status=~"5.."}[5m])) > 0.05', for: "2m", labels: { severity: "warning" } },
      ],
    },
  ],
};

/** Who is told; `url` takes the place of Slack. */
export const alerting = (url) => ({
  route: { receiver: "oncall", group_by: ["alertname"], group_wait: "100ms" },
  receivers: [{ name: "oncall", slack_configs: [{ api_url: url, channel: "#oncall" }] }],
});

/** The silence of the disk. */
export const silence = (now) => ({
  matchers: [{ name: "alertname", value: "HighDiskUsage", isRegex: false, isEqual: true }],
  startsAt: new Date(now).toISOString(),
  endsAt: new Date(now + 10 * 3_600_000).toISOString(),
  createdBy: "ana",
  comment: "a larger disk comes in the morning",
});

/** More than an hour of requests, in which the database is slow for a while, and what the rules look at. */
export async function writeMetrics(url, now, random) {
  const times = Array.from({ length: 281 }, (_, at) => now - (280 - at) * 15_000);
  const constant = (name, labels, value) => ({ labels: { __name__: name, ...labels }, samples: times.slice(-2).map((ms) => [ms, value]) });
  const requests = (status, perSecond) => {
    let total = 0;
    const samples = times.map((ms) => [ms, (total += 15 * perSecond(now - ms) * (0.85 + random() * 0.3))]);
    return { labels: { __name__: "http_server_requests_seconds_count", job: "was", status, ...NAMESPACE }, samples };
  };
  const isSlow = (ago) => ago < 1_500_000 && ago > 700_000;
  const memory = { ...NAMESPACE, pod: "was-1", container: "was" };
  const disk = { ...NAMESPACE, persistentvolumeclaim: "mysql-data" };
  await remoteWrite(url, [
    requests("200", (ago) => (isSlow(ago) ? 9 : 14) + 2 * Math.sin(ago / 600_000)),
    requests("404", () => 1.2),
    requests("503", (ago) => (isSlow(ago) ? 5 : 0.05)),
    constant("kube_pod_status_ready", { ...NAMESPACE, condition: "true", pod: "was-0" }, 0),
    constant("kube_pod_status_ready", { ...NAMESPACE, condition: "true", pod: "was-1" }, 1),
    constant("container_memory_working_set_bytes", memory, 464e6),
    constant("container_spec_memory_limit_bytes", memory, 512e6),
    constant("kubelet_volume_stats_used_bytes", disk, 8.81e9),
    constant("kubelet_volume_stats_capacity_bytes", disk, 10e9),
    constant("nginx_http_requests_total", { job: "nginx", instance: "nginx-0:9113" }, 48_211),
  ]);
}
