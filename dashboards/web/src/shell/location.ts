// The address of the page: which page it is, and moving without loading it again.
import { Store } from "./store.ts";

/** Pages of this app by the last part of their path. */
export type Page = "overview" | "alerts" | "logs" | "graph" | "targets";

const NAMED: readonly string[] = ["alerts", "logs", "graph", "targets"] satisfies Page[];

/** Where we are. */
export interface Place {
  readonly page: Page;
  /** The parameters, without the question mark. */
  readonly search: string;
}

function here(): Place {
  const name = location.pathname.split("/").at(-1) ?? "";
  const page = NAMED.includes(name) ? (name as Page) : "overview";
  return { page, search: location.search.slice(1) };
}

/** Where we are, also after the back button. */
export const place = new Store<Place>(here());

addEventListener("popstate", () => place.set(here()));

/** The address of a page, beside the one we are on. */
export function href(page: Page, search = ""): string {
  return `${page === "overview" ? "./" : page}${search && `?${search}`}`;
}

/** Goes there; `replace` leaves no step for the back button. */
export function go(page: Page, search = "", how: "push" | "replace" = "push"): void {
  const url = href(page, search);
  if (how === "push") history.pushState(null, "", url);
  else history.replaceState(null, "", url);
  place.set(here());
}

/** Follows a link within the app, unless the click asks for a new tab or window. */
export function follow(event: MouseEvent, page: Page, search = ""): void {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  go(page, search);
}
