// Times as text, in the browser's zone or in UTC, and back.

/** In which zone times are shown and typed. */
export type Zone = "local" | "utc";

interface Parts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly ms: number;
}

function partsOf(ms: number, zone: Zone): Parts {
  const at = new Date(ms);
  return zone === "utc"
    ? {
        year: at.getUTCFullYear(),
        month: at.getUTCMonth() + 1,
        day: at.getUTCDate(),
        hour: at.getUTCHours(),
        minute: at.getUTCMinutes(),
        second: at.getUTCSeconds(),
        ms: at.getUTCMilliseconds(),
      }
    : {
        year: at.getFullYear(),
        month: at.getMonth() + 1,
        day: at.getDate(),
        hour: at.getHours(),
        minute: at.getMinutes(),
        second: at.getSeconds(),
        ms: at.getMilliseconds(),
      };
}

const two = (value: number): string => String(value).padStart(2, "0");

/** `2026-11-28`. */
export function formatDay(ms: number, zone: Zone): string {
  const { year, month, day } = partsOf(ms, zone);
  return `${year}-${two(month)}-${two(day)}`;
}

/** `14:03:09`. */
export function formatClock(ms: number, zone: Zone): string {
  const { hour, minute, second } = partsOf(ms, zone);
  return `${two(hour)}:${two(minute)}:${two(second)}`;
}

/** `14:03:09.120`. */
export function formatClockMs(ms: number, zone: Zone): string {
  return `${formatClock(ms, zone)}.${String(partsOf(ms, zone).ms).padStart(3, "0")}`;
}

/** `2026-11-28 14:03:09`. */
export function formatTime(ms: number, zone: Zone): string {
  return `${formatDay(ms, zone)} ${formatClock(ms, zone)}`;
}

/** Nanoseconds since the epoch as `2026-11-28 14:03:09.123456789`. */
export function formatNanos(ns: string, zone: Zone): string {
  const fraction = ns.padStart(10, "0").slice(-9);
  return `${formatTime(Number(BigInt(ns) / 1_000_000n), zone)}.${fraction}`;
}

/** A label for an axis whose ticks are `stepMs` apart: no finer than needed. */
export function formatTick(ms: number, stepMs: number, zone: Zone): string {
  const { month, day, hour, minute } = partsOf(ms, zone);
  if (stepMs >= 86_400_000) return `${two(month)}-${two(day)}`;
  const clock = stepMs < 60_000 ? formatClock(ms, zone) : `${two(hour)}:${two(minute)}`;
  return hour === 0 && minute === 0 && stepMs >= 60_000 ? `${two(month)}-${two(day)}` : clock;
}

/**
 * Milliseconds of `2026-11-28`, `2026-11-28 14:03` or `2026-11-28 14:03:09.5`, read in the zone; a text that ends in
 * `Z` or an offset says its zone itself. Null when it is no time.
 */
export function parseTime(text: string, zone: Zone): number | null {
  const read = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?(Z|[+-]\d\d:\d\d)?$/.exec(text.trim());
  if (!read) return null;
  const [year, month, day, hour, minute, second] = read.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number, number, number, number, number, number,
  ];
  const ms = Number((read[7] ?? "").padEnd(3, "0").slice(0, 3));
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59) return null;
  const offset = read[8];
  const at =
    offset || zone === "utc"
      ? Date.UTC(year, month - 1, day, hour, minute, second, ms) - offsetMs(offset ?? "Z")
      : new Date(year, month - 1, day, hour, minute, second, ms).getTime();
  return Number.isNaN(at) ? null : at;
}

function offsetMs(offset: string): number {
  if (offset === "Z") return 0;
  const sign = offset.startsWith("-") ? -1 : 1;
  return sign * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4, 6))) * 60_000;
}
