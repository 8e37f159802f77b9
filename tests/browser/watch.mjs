// A Belfry that watches: rules that fire, wait, see nothing and fail, and receivers of which one answers 404.
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { Belfry } from "./stage.mjs";

const firing = (name, labels, annotations = {}) => ({ alert: name, expr: `vector(${name.length})`, labels: { severity: "critical", ...labels }, annotations });

/** What rules load; names say what they are for. JSON is YAML too. */
const RULES = [
  firing("PodDown", { namespace: "blog-system", pod: "was-0" }, { summary: "{{ $value }} pods are not ready" }),
  firing("Noisy", { pod: "noisy-0" }, { summary: "Tells too much" }),
  firing("DiskFull", { team: "storage" }),
  firing("NodeDown", { node: "n1" }),
  firing("NodeSlow", { node: "n1", severity: "warning" }),
  firing("Nightly", { team: "muted", severity: "info" }),
  { alert: "Slow", expr: "vector(0.5)", for: "1h", labels: { severity: "warning" } },
  { alert: "NoSuchMetric", expr: 'no_such_metric{pod="was-0"} > 1' },
  { alert: "NoSuchLabel", expr: 'up{color="red"} == 1' },
  { alert: "ManyToMany", expr: 'vector(1) * on () (vector(1) or label_replace(vector(1), "b", "1", "", ""))' },
];

const LOG_RULES = [{ alert: "ManyErrors", expr: 'sum by (pod) (count_over_time({app="watched"} |= "error" [5m])) > 1', labels: { severity: "warning" } }];

function config(hooks) {
  const receiver = (name, ...paths) => ({ name, webhook_configs: paths.map((path) => ({ url: hooks + path })) });
  return {
    global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
    exporters: { self: true },
    rule_files: ["rules.yml"],
    log_rule_files: ["log_rules.yml"],
    alerting: {
      route: {
        receiver: "oncall",
        group_by: ["alertname"],
        group_wait: "100ms",
        group_interval: "1s",
        routes: [
          { matchers: ['team="storage"'], receiver: "storage" },
          { matchers: ['team="muted"'], mute_time_intervals: ["always"] },
        ],
      },
      receivers: [receiver("oncall", "/oncall"), receiver("storage", "/storage", "/gone")],
      time_intervals: [{ name: "always", time_intervals: [{ times: [{ start_time: "00:00", end_time: "24:00" }] }] }],
      inhibit_rules: [{ source_matchers: ['alertname="NodeDown"'], target_matchers: ['alertname="NodeSlow"'], equal: ["node"] }],
    },
  };
}

/** The daemon and what its webhooks got. */
export class Watch {
  static async open(folder) {
    const watch = new Watch();
    /** Names of alerts by path of the webhook. */
    watch.told = [];
    watch.server = createServer((request, response) => void watch.#hear(request, response));
    await new Promise((done) => watch.server.listen(0, "127.0.0.1", done));
    mkdirSync(folder);
    const write = (name, content) => writeFileSync(join(folder, name), JSON.stringify(content));
    write("rules.yml", { groups: [{ name: "metrics", interval: "1s", rules: RULES }] });
    write("log_rules.yml", { groups: [{ name: "lines", interval: "1s", rules: LOG_RULES }] });
    watch.belfry = await Belfry.start(join(folder, "data"), JSON.stringify(config(`http://127.0.0.1:${watch.server.address().port}`)));
    return watch;
  }

  async #hear(request, response) {
    let body = "";
    for await (const piece of request) body += piece;
    const { alerts } = JSON.parse(body);
    for (const { status, labels } of alerts) this.told.push(`${request.url} ${status} ${labels.alertname}`);
    response.writeHead(request.url === "/gone" ? 404 : 200);
    response.end(request.url === "/gone" ? "no such hook" : "");
  }

  /** An answer of the daemon. */
  async ask(path) {
    return (await fetch(this.belfry.url + path)).json();
  }

  async close() {
    await this.belfry.stop();
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}
