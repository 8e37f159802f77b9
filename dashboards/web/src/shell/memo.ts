// A component that is drawn again only when a property changed.
import { Component, type ComponentChildren, type VNode, createElement } from "preact";

/** The component, skipped while its properties are the same objects. */
export function memo<Props extends object>(draw: (props: Props) => ComponentChildren): (props: Props) => VNode {
  class Memo extends Component<Props> {
    override shouldComponentUpdate(next: Readonly<Props>): boolean {
      const [before, after] = [this.props as Record<string, unknown>, next as Record<string, unknown>];
      return Object.keys(after).some((key) => key !== "children" && before[key] !== after[key]);
    }

    override render(): ComponentChildren {
      return createElement(draw as (props: Props) => VNode, this.props as Props);
    }
  }
  return (props) => createElement(Memo as never, props as never) as VNode;
}
