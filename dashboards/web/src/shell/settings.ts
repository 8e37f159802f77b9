// How the reader likes the pages, kept by the browser.
import type { Zone } from "../time/zone.ts";
import { recall, remember } from "./memory.ts";
import { Store } from "./store.ts";

/** The choices. */
export interface Settings {
  readonly zone: Zone;
  /** Whether long lines go on in the next row. */
  readonly wrap: boolean;
  /** Whether the label browser is open. */
  readonly labels: boolean;
}

const FIRST: Settings = { zone: "local", wrap: false, labels: matchMedia("(min-width: 1100px)").matches };

/** The choices in force. */
export const settings = new Store<Settings>({ ...FIRST, ...recall<Partial<Settings>>("settings", {}) });

settings.listen(() => remember("settings", settings.state));
