// Why nobody is told of an alert.
import { Since } from "../shell/since.tsx";
import type { Hush } from "./active.ts";

/** One reason. */
export function HushLine({ hush }: { hush: Hush }) {
  if (hush.kind !== "silenced") {
    return (
      <p class="hush">
        {hush.kind === "muted" ? "Muted by the time interval" : "Inhibited by the alert"} <b>{hush.by}</b>
      </p>
    );
  }
  const { id, silence } = hush;
  if (!silence) return <p class="hush">Silenced by {id}</p>;
  return (
    <p class="hush">
      Silenced by <b>{silence.createdBy || "somebody"}</b>, ends <Since at={silence.endsAt} />
      {silence.comment && <>: {silence.comment}</>}
    </p>
  );
}
