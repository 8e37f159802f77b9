// A link to another page of the app.
import type { ComponentChildren } from "preact";
import { type Page, follow, href } from "./location.ts";

/** Where it leads and what it says. */
export interface Props {
  readonly to: { readonly page: Page; readonly search: string };
  readonly class?: string;
  readonly children: ComponentChildren;
}

/** The link; the page is not loaded again. */
export function PageLink({ to: { page, search }, children, ...rest }: Props) {
  return (
    <a {...rest} href={href(page, search)} onClick={(event) => follow(event, page, search)}>
      {children}
    </a>
  );
}
