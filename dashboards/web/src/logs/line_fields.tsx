// An open line: its full time, its fields with what can be done with each, and links.
import { address } from "../api/fetch.ts";
import type { Entry } from "../lines/entry.ts";
import { type Field, type Origin, fieldsOf } from "../lines/fields.ts";
import { withMatcher } from "../logql/matchers.ts";
import { withField } from "../logql/pipeline.ts";
import { quote } from "../logql/tokens.ts";
import { copy } from "../shell/clipboard.ts";
import { CopyIcon } from "../shell/copy_icon.tsx";
import { follow, href } from "../shell/location.ts";
import { readable } from "../lines/readable.ts";
import { type Zone, formatNanos } from "../time/zone.ts";
import { type View, lineLink } from "./view.ts";

const TITLES: Readonly<Record<Origin, string>> = {
  label: "Labels of the stream",
  metadata: "Metadata",
  parsed: "Fields of the query",
  seen: "Fields in the line",
};

/** Characters of a value that are shown. */
const VALUE_MAX = 2_000;

/** What is shown and told. */
export interface Props {
  readonly entry: Entry;
  readonly view: View;
  readonly zone: Zone;
  readonly onQuery: (query: string) => void;
}

/** The fields. */
export function LineFields({ entry, view, zone, onQuery }: Props) {
  const fields = fieldsOf(entry);
  const link = lineLink(view, entry);
  const selector = Object.entries(entry.labels).map(([name, value]) => `${name}=${quote(value)}`);
  const context = lineLink({ ...view, query: `{${selector.join(", ")}}`, limit: 500 }, entry);
  const json = (): string => JSON.stringify({ timestamp: entry.ns, line: entry.line, ...Object.fromEntries(fields.map(({ name, value }) => [name, value])) });
  return (
    <div class="line-fields">
      <div class="line-acts">
        <time>{formatNanos(entry.ns, zone)}{zone === "utc" ? " UTC" : ""}</time>
        <button type="button" onClick={() => void copy(entry.line, "line")}>Copy line</button>
        <button type="button" onClick={() => void copy(json(), "JSON")}>Copy JSON</button>
        <button type="button" onClick={() => void copy(new URL(`logs?${link}`, address("/")).href, "link")}>Copy link</button>
        <a class="button" href={href("logs", context)} onClick={(event) => follow(event, "logs", context)} title="The lines of this stream before and after it">
          Show in context
        </a>
      </div>
      {(Object.keys(TITLES) as Origin[]).map((origin) => (
        <FieldGroup key={origin} title={TITLES[origin]} fields={fields.filter((field) => field.origin === origin)} query={view.query} onQuery={onQuery} />
      ))}
    </div>
  );
}

interface GroupProps {
  readonly title: string;
  readonly fields: readonly Field[];
  readonly query: string;
  readonly onQuery: (query: string) => void;
}

function FieldGroup({ title, fields, query, onQuery }: GroupProps) {
  if (fields.length === 0) return null;
  return (
    <table class="fields">
      <caption>{title}</caption>
      <tbody>
        {fields.map((field) => (
          <tr key={field.name}>
            <td class="field-acts">
              <button type="button" title="Only lines with this value" aria-label={`only ${field.name} with this value`} onClick={() => onQuery(narrowed(query, field, "="))}>
                +
              </button>
              <button type="button" title="Only lines without this value" aria-label={`not ${field.name} with this value`} onClick={() => onQuery(narrowed(query, field, "!="))}>
                −
              </button>
              <button type="button" title="Copy the value" aria-label={`copy ${field.name}`} onClick={() => void copy(field.value, field.name)}>
                <CopyIcon />
              </button>
            </td>
            <th scope="row">{field.name}</th>
            <td class="field-value">{readable(field.value.slice(0, VALUE_MAX)).text}{field.value.length > VALUE_MAX && "…"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The query with this value of the field only, or without it. */
function narrowed(query: string, { name, value, origin, parser }: Field, operator: "=" | "!="): string {
  return origin === "label" ? withMatcher(query, name, operator, value) : withField(query, name, operator, value, parser);
}
