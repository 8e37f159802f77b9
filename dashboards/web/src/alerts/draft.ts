// A silence before it is made.
import type { NewSilence, Silence, SilenceMatcher } from "../api/alertmanager.ts";
import type { Labels } from "../api/loki.ts";
import { formatMatchers, matchersFor, parseMatchers } from "./matchers.ts";

/** What the form begins with. */
export interface Draft {
  /** The silence that it takes the place of; empty for a new one. */
  readonly id: string;
  /** As text, since a person edits it. */
  readonly matchers: string;
  readonly author: string;
  readonly comment: string;
  /** Of the one that is edited; 0 for a new one. Milliseconds. */
  readonly startsAt: number;
  readonly endsAt: number;
}

/** What the person chose. */
export interface Choice {
  readonly matchers: readonly SilenceMatcher[];
  readonly author: string;
  readonly comment: string;
  /** From now on, in milliseconds; null keeps the end that it has. */
  readonly lengthMs: number | null;
}

const NEW = { id: "", author: "", comment: "", startsAt: 0, endsAt: 0 };

/** A silence for exactly this alert. */
export function draftFor(labels: Labels): Draft {
  return { ...NEW, matchers: formatMatchers(matchersFor(labels)) };
}

/** The silence of a link; what cannot be read is shown as it came. */
export function draftOf(text: string): Draft {
  const matchers = parseMatchers(text);
  return { ...NEW, matchers: matchers ? formatMatchers(matchers) : text };
}

/** A silence to change; one that is over begins anew. */
export function draftFrom({ id, status, matchers, createdBy, comment, startsAt, endsAt }: Silence): Draft {
  const same = { matchers: formatMatchers(matchers), author: createdBy, comment };
  return status.state === "expired" ? { ...NEW, ...same } : { ...same, id, startsAt: Date.parse(startsAt), endsAt: Date.parse(endsAt) };
}

/** The silence as it is posted. Nobody has to type anything at three in the morning. */
export function silenceOf(draft: Draft, { matchers, author, comment, lengthMs }: Choice, now: number): NewSilence {
  const begins = draft.startsAt || now;
  return {
    ...(draft.id !== "" && { id: draft.id }),
    matchers,
    startsAt: new Date(begins).toISOString(),
    // One that begins later lasts so long from its begin.
    endsAt: new Date(lengthMs === null ? draft.endsAt : Math.max(begins, now) + lengthMs).toISOString(),
    createdBy: author.trim() || "somebody",
    comment: comment.trim() || "silenced on the page of alerts",
  };
}
