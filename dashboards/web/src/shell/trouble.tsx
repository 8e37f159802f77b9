// What is shown when the server does not answer, or not with what was asked for.
import type { Failure } from "../api/fetch.ts";

/** The trouble in words, with what helps. */
export function Trouble({ failure }: { failure: Failure }) {
  if (failure.isStarting) return <p class="trouble starting">Belfry is starting: it reads its log first. This page goes on by itself.</p>;
  return (
    <p class="trouble" role="alert">
      {failure.message}
    </p>
  );
}
