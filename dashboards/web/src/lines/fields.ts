// The fields of a line: what the server told, and what can be read from the line itself.
import type { Parser } from "../logql/pipeline.ts";
import type { Entry } from "./entry.ts";

/** Where a field comes from. */
export type Origin = "label" | "metadata" | "parsed" | "seen";

/** One field. */
export interface Field {
  readonly name: string;
  readonly value: string;
  readonly origin: Origin;
  /** The parser that gives it; only for what was seen in the line by this page. */
  readonly parser: Parser | null;
}

/** Fields of one line beyond which no more are read from it. */
const SEEN_MAX = 200;

/** Longest line that fields are read from by this page, in characters. */
const LINE_CHARS_MAX = 65_536;

/** All fields of the line, those of the stream first. */
export function fieldsOf(entry: Entry): Field[] {
  const known = (labels: Readonly<Record<string, string>>, origin: Origin): Field[] =>
    Object.keys(labels).sort().map((name) => ({ name, value: labels[name] ?? "", origin, parser: null }));
  const told = [...known(entry.labels, "label"), ...known(entry.metadata, "metadata"), ...known(entry.parsed, "parsed")];
  const names = new Set(told.map(({ name }) => name));
  return [...told, ...seenIn(entry.line).filter(({ name }) => !names.has(name))];
}

/** Fields that Loki's parsers would find in the line: one JSON object, or logfmt. */
export function seenIn(line: string): Field[] {
  if (line.length > LINE_CHARS_MAX) return [];
  const pairs = jsonPairs(line);
  const parser = pairs ? "json" : "logfmt";
  return (pairs ?? logfmtPairs(line)).map(([name, value]) => ({ name, value, origin: "seen", parser }));
}

function jsonPairs(line: string): [string, string][] | null {
  if (!/^\s*\{/.test(line)) return null;
  try {
    const pairs: [string, string][] = [];
    flatten(JSON.parse(line), "", pairs, 0);
    return pairs;
  } catch {
    return null;
  }
}

/** Nested keys are joined by `_` and lists are left out, as Loki does. */
function flatten(value: unknown, prefix: string, pairs: [string, string][], depth: number): void {
  if (pairs.length >= SEEN_MAX || value === null || value === undefined) return;
  if (typeof value !== "object") {
    pairs.push([prefix, String(value)]);
  } else if (!Array.isArray(value) && depth < 10) {
    for (const [key, inner] of Object.entries(value)) {
      const name = identifier(key);
      flatten(inner, prefix === "" ? name : `${prefix}_${name}`, pairs, depth + 1);
    }
  }
}

function logfmtPairs(line: string): [string, string][] {
  const pairs: [string, string][] = [];
  for (const [, key, quoted, bare] of line.matchAll(/(?:^|\s)([A-Za-z_][\w.\-/@]*)=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))(?=\s|$)/g)) {
    if (pairs.length >= SEEN_MAX) break;
    pairs.push([identifier(key ?? ""), quoted === undefined ? (bare ?? "") : quoted.replace(/\\(.)/g, "$1")]);
  }
  return pairs;
}

/** A key as the name of a label. */
function identifier(key: string): string {
  const name = key.replace(/[^A-Za-z0-9_]/g, "_");
  return /^\d/.test(name) ? `_${name}` : name;
}
