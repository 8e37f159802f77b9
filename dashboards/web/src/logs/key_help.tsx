// The list of keys.
import { useStore } from "../shell/store.ts";
import { KEYS, help } from "./keys.ts";

/** The help, when it is open. */
export function KeyHelp() {
  if (!useStore(help)) return null;
  return (
    <div class="veil" onClick={() => help.set(false)}>
      <div class="card keys" role="dialog" aria-label="Keys">
        <h2>Keys</h2>
        <dl>
          {KEYS.map(([keys, what]) => (
            <div key={what}>
              <dt>
                {keys.split(" ").map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
      </div>
    </div>
  );
}
