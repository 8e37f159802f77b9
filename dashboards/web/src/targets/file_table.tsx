// The files that are tailed.
import type { LogTarget } from "../api/log_targets.ts";
import { quote } from "../logql/tokens.ts";
import { follow, href } from "../shell/location.ts";
import { bytes } from "../shell/text.ts";
import { roughDuration } from "../time/duration.ts";
import { LabelList } from "./pool_table.tsx";
import { ago } from "./pools.ts";

/** The table. */
export function FileTable({ files }: { files: readonly LogTarget[] }) {
  const sorted = [...files].sort((a, b) => Number(b.lastError !== "") - Number(a.lastError !== "") || (a.path < b.path ? -1 : 1));
  return (
    <section class="pool files">
      <h2>
        Log files <span class="dim">{files.length} tailed</span>
      </h2>
      {files.length === 0 ? (
        <p class="dim">
          No file is tailed. Write <code>log_configs</code>, or push to <code>/loki/api/v1/push</code>.
        </p>
      ) : (
        <table>
          <thead>
            <tr>
              <th class="narrow">State</th>
              <th>File</th>
              <th>Labels</th>
              <th class="number">Read</th>
              <th class="number">Behind</th>
              <th class="number">Last line</th>
            </tr>
          </thead>
          <tbody>
            {sorted.map((file) => (
              <Row key={`${file.job} ${file.path}`} file={file} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Row({ file }: { file: LogTarget }) {
  const { path, labels, position, size, lastRead, lastError } = file;
  const since = ago(lastRead, Date.now());
  const behind = Math.max(0, size - position);
  const selector = new URLSearchParams({ query: `{${Object.entries(labels).map(([name, value]) => `${name}=${quote(value)}`).join(", ")}}` }).toString();
  return (
    <>
      <tr class={lastError ? "has-error" : ""}>
        <td>
          <span class={`state ${lastError ? "down" : "up"}`}>{lastError ? "error" : "ok"}</span>
        </td>
        <td class="path">
          {Object.keys(labels).length > 0 ? (
            <a href={href("logs", selector)} title="Its lines" onClick={(event) => follow(event, "logs", selector)}>
              {path}
            </a>
          ) : (
            path
          )}
        </td>
        <td>
          <LabelList labels={labels} />
        </td>
        <td class="number">{bytes(position)}</td>
        <td class={`number${behind > 1_000_000 ? " bad" : ""}`}>{behind === 0 ? "nothing" : bytes(behind)}</td>
        <td class="number">{since === null ? "never" : `${roughDuration(since)} ago`}</td>
      </tr>
      {lastError && (
        <tr class="error-row">
          <td />
          <td colspan={5}>{lastError}</td>
        </tr>
      )}
    </>
  );
}
