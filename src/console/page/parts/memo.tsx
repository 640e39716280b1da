import type { FunctionComponent } from 'preact';
import { useMemo } from 'preact/hooks';

/** A component that is drawn again only when one of its properties is another one. */
export const memo =
  <P extends object>(Component: FunctionComponent<P>): FunctionComponent<P> =>
  (props) =>
    // Preact leaves out an element that is the one of the last time.
    useMemo(() => <Component {...props} />, Object.values(props));
