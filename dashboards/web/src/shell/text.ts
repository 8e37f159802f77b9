// Numbers and sizes for people.

/** `12345` as `12,345`. */
export function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** `12345` as `12.3k`, for where room is short. */
export function short(value: number): string {
  const size = Math.abs(value);
  for (const [unit, name] of [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]] as const) {
    if (size >= unit) return `${trim(value / unit)}${name}`;
  }
  return trim(value);
}

/** Bytes as `1.2 MB`. */
export function bytes(value: number): string {
  for (const [unit, name] of [[1e12, "TB"], [1e9, "GB"], [1e6, "MB"], [1e3, "kB"]] as const) {
    if (value >= unit) return `${trim(value / unit)} ${name}`;
  }
  return `${Math.round(value)} B`;
}

function trim(value: number): string {
  if (value === 0) return "0";
  return Number(value.toPrecision(3)).toString();
}
