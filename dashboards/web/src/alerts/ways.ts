// Notifications by the way that they went.
import type { Notification } from "../api/notifications.ts";

/** What became of each way out last, and what went before; both newest first, as the notifications are. */
export interface Ways {
  readonly newest: readonly Notification[];
  readonly rest: readonly Notification[];
}

/** One way that fails again and again must not hide that another one worked. */
export function byWay(notifications: readonly Notification[]): Ways {
  const seen = new Set<string>();
  const newest = notifications.filter(({ receiver, integration }) => {
    const way = `${receiver} ${integration}`;
    return !seen.has(way) && seen.add(way);
  });
  return { newest, rest: notifications.filter((one) => !newest.includes(one)) };
}
