// The files that are tailed, job by job.
import type { LogFile, LogJob } from "../api/log_targets.ts";
import { quote } from "../logql/tokens.ts";
import { follow, href } from "../shell/location.ts";
import { LabelList } from "../shell/label_list.tsx";
import { bytes, count } from "../shell/text.ts";
import { roughDuration } from "../time/duration.ts";
import { ago } from "./pools.ts";

/** Bytes that may wait before that is shown as trouble. */
const LAG_MAX = 1_000_000;

/** Rows of one job. */
const ROWS_MAX = 500;

const ORDER: Readonly<Record<LogFile["state"], number>> = { failing: 0, following: 1, gone: 2 };
const STYLE: Readonly<Record<LogFile["state"], string>> = { failing: "down", following: "up", gone: "unknown" };

/** The table of one job. */
export function FileTable({ job }: { job: LogJob }) {
  const files = [...job.files].sort((a, b) => ORDER[a.state] - ORDER[b.state] || (a.path < b.path ? -1 : 1));
  const failing = files.filter(({ state }) => state === "failing").length;
  return (
    <section class="pool files">
      <h2>
        {job.name} <span class={failing > 0 || job.problems.length > 0 ? "bad" : "good"}>{count(files.length)} {files.length === 1 ? "file" : "files"}{failing > 0 && `, ${failing} failing`}</span>
      </h2>
      {job.problems.map((problem) => (
        <p key={problem} class="job-error">{problem}</p>
      ))}
      {files.length > 0 && (
        <table>
          <thead>
            <tr>
              <th class="narrow">State</th>
              <th>File</th>
              <th>Labels</th>
              <th class="number">Last line</th>
              <th class="number">Read</th>
              <th class="number">Waiting</th>
            </tr>
          </thead>
          <tbody>
            {files.slice(0, ROWS_MAX).map((file) => (
              <Row key={file.path} file={file} />
            ))}
          </tbody>
        </table>
      )}
      {files.length > ROWS_MAX && <p class="dim">{count(files.length - ROWS_MAX)} more files are not shown</p>}
    </section>
  );
}

function Row({ file }: { file: LogFile }) {
  const { path, labels, state, position, size, lag, lastRead, lastError } = file;
  const since = ago(lastRead, Date.now());
  const selector = new URLSearchParams({ query: `{${Object.entries(labels).map(([name, value]) => `${name}=${quote(value)}`).join(", ")}}` }).toString();
  return (
    <>
      <tr class={lastError ? "has-error" : ""}>
        <td>
          <span class={`state ${STYLE[state]}`}>{state}</span>
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
          <LabelList labels={Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== path))} />
        </td>
        <td class="number">{since === null ? "never" : `${roughDuration(since)} ago`}</td>
        <td class="number" title={`${count(position)} of ${count(size)} bytes`}>{bytes(position)}</td>
        <td class={`number${lag > LAG_MAX ? " bad" : " dim"}`}>{lag === 0 ? "none" : bytes(lag)}</td>
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
