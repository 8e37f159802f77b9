// Durations as Go and Loki write them: `1h30m`, `15s`, `7d`.

const UNITS: readonly (readonly [string, number])[] = [
  ["w", 604_800_000],
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
  ["ms", 1],
];

/** Milliseconds of `1h30m`; null when it is no duration. */
export function parseDuration(text: string): number | null {
  if (!/^(\d+(ms|[wdhms]))+$/.test(text)) return null;
  let sum = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|[wdhms])/g)) {
    sum += Number(count) * (UNITS.find(([name]) => name === unit)?.[1] ?? 0);
  }
  return Number.isSafeInteger(sum) ? sum : null;
}

/** `90_000` as `1m30s`; what is below a millisecond is cut, nothing is `0s`. */
export function formatDuration(ms: number): string {
  let rest = Math.trunc(ms);
  let text = "";
  for (const [name, size] of UNITS) {
    if (name === "w") continue;
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${name}`;
    rest -= count * size;
  }
  return text || "0s";
}

/** The same in at most two units, for people: `3d 4h`, `12s`, `850ms`. */
export function roughDuration(ms: number): string {
  const parts = formatDuration(ms >= 1_000 ? ms - (ms % 1_000) : ms).match(/\d+(ms|[dhms])/g) ?? ["0s"];
  return parts.slice(0, 2).join(" ");
}
