// Which form is open: one at a time, beside what it is about.
import { type NewSilence, putSilence } from "../api/alertmanager.ts";
import { tell } from "../shell/clipboard.ts";
import { go } from "../shell/location.ts";
import { Store } from "../shell/store.ts";
import type { Draft } from "./draft.ts";

/** Where the form of a link stands. */
export const FROM_LINK = "link";

/** The open form. */
export interface Open {
  /** A fingerprint, an id of a silence, or [`FROM_LINK`]. */
  readonly at: string;
  readonly draft: Draft;
}

/** The forms. */
export class Desk extends Store<Open | null> {
  /** `changed` is called after something was changed, so that it is seen. */
  constructor(private readonly changed: () => void) {
    super(null);
  }

  /** Opens a form, or closes it when it is the one that is open. */
  toggle(at: string, draft: Draft): void {
    this.set(this.state?.at === at ? null : { at, draft });
  }

  /** Closes what is open; the link to it is done with too. */
  close(): void {
    if (this.state?.at === FROM_LINK) go("alerts", "", "replace");
    this.set(null);
  }

  /** Makes the silence. Throws what went wrong. */
  async put(silence: NewSilence): Promise<void> {
    await putSilence(silence);
    tell(silence.id ? "silence changed" : "silenced");
    this.close();
    this.changed();
  }

  /** Does something else that changes what is shown, and says how it went. */
  async attempt(done: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      tell(done);
    } catch (error) {
      tell(`failed: ${error instanceof Error ? error.message : String(error)}`);
    }
    this.changed();
  }
}
