// Links that notification templates write for Alertmanager's own page, which is all behind a `#`.

/** The parameters of the page of alerts that such a link means; null when it is none. */
export function alertsSearch(hash: string): string | null {
  const read = /^#\/(alerts|silences(?:\/new)?|status)(?:[/?](.*))?$/.exec(hash);
  if (!read) return null;
  const filter = new URLSearchParams(read[2] ?? "").get("filter");
  return read[1] === "silences/new" && filter ? new URLSearchParams({ silence: filter }).toString() : "";
}
