// State outside of the components: they listen to it, and what changes it needs no component.
import { useEffect, useState } from "preact/hooks";

/** A state and those who listen to it. */
export class Store<State> {
  private readonly listeners = new Set<() => void>();

  constructor(private value: State) {}

  get state(): State {
    return this.value;
  }

  /** Replaces the state and tells everybody. */
  set(value: State): void {
    if (value === this.value) return;
    this.value = value;
    for (const listener of [...this.listeners]) listener();
  }

  /** Changes a part of it. */
  patch(part: Partial<State>): void {
    this.set({ ...this.value, ...part });
  }

  /** Calls back at every change until the returned function is called. */
  listen(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}

/** The state of a store, drawn again at every change. */
export function useStore<State>(store: Store<State>): State {
  const [, draw] = useState(0);
  useEffect(() => {
    draw((count) => count + 1);
    return store.listen(() => draw((count) => count + 1));
  }, [store]);
  return store.state;
}
