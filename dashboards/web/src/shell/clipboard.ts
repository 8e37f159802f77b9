// Copying with a word of success.
import { Store } from "./store.ts";

/** What was just done, shown for a moment; empty for nothing. */
export const notice = new Store("");

let timer = 0;

/** Shows a word for two seconds. */
export function tell(text: string): void {
  notice.set(text);
  clearTimeout(timer);
  timer = setTimeout(() => notice.set(""), 2_000) as unknown as number;
}

/** Copies the text and says so. */
export async function copy(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    tell(`${what} copied`);
  } catch {
    // No clipboard without TLS, except on this machine: the old way still works.
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "offscreen";
    document.body.append(area);
    area.select();
    tell(document.execCommand("copy") ? `${what} copied` : "the browser does not let us copy");
    area.remove();
  }
}
