// What this browser remembers between visits. Without a place to remember (private windows) it just forgets.

/** The value under a key; the fallback when there is none or it is not of the fallback's kind. */
export function recall<Value>(key: string, fallback: Value): Value {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(`belfry.${key}`) ?? "null");
    const same = typeof value === typeof fallback && Array.isArray(value) === Array.isArray(fallback);
    return same && value !== null ? (value as Value) : fallback;
  } catch {
    return fallback;
  }
}

/** Keeps a value. */
export function remember(key: string, value: unknown): void {
  try {
    localStorage.setItem(`belfry.${key}`, JSON.stringify(value));
  } catch {
    // Full or forbidden; the page works without.
  }
}
