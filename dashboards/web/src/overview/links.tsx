// The questions that people ask by hand.
import { address } from "../api/fetch.ts";

const LINKS: readonly (readonly [path: string, what: string])[] = [
  ["/metrics", "Belfry's own metrics"],
  ["/api/v1/targets", "targets"],
  ["/api/v1/labels", "label names of metrics"],
  ["/api/v1/metadata", "metric types and help"],
  ["/loki/api/v1/labels", "label names of logs"],
  ["/api/v1/status/tsdb", "what the store holds"],
  ["/api/v1/status/config", "the config in force"],
  ["/api/v1/status/buildinfo", "what is running"],
  ["/-/ready", "whether it is ready"],
];

/** The links. */
export function Links() {
  return (
    <>
      <p class="dim">
        In Grafana, add <code>{address("/").origin}</code> as a <em>Prometheus</em> and as a <em>Loki</em> data source. Or open:
      </p>
      <ul class="links">
        {LINKS.map(([path, what]) => (
          <li key={path}>
            <a class="code" href={address(path).href}>
              {path}
            </a>{" "}
            <span class="dim">{what}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
