import { Component, type ComponentClass, type FunctionComponent } from 'preact';

/**
 * A component that is drawn again only when one of its properties is another one.
 *
 * It does not keep its element to give it to Preact again: such an element keeps its parents of the time when
 * it was made, and all elements of a view would stay in memory.
 */
export const memo = <P extends object>(Draw: FunctionComponent<P>): ComponentClass<P> =>
  class extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      const before = new Map(Object.entries(this.props));
      return Object.entries(next).some(([name, value]) => value !== before.get(name));
    }

    override render() {
      return <Draw {...this.props} />;
    }
  };
