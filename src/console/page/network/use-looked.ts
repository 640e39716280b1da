import { useEffect, useRef, useState } from 'preact/hooks';
import type { Problem } from '../../model/types.js';
import { LookProblem } from '../connection/look.js';
import { useLink } from '../link-context.js';

/** The least time between two looks at the same thing, milliseconds. */
const BETWEEN_MS = 500;

/** How long a look waits for further changes, milliseconds: the call that ends a session has no look after it. */
const SETTLE_MS = 100;

/** What a look has shown, or why it showed nothing. Neither before the first answer. */
export interface Looked<T> {
  readonly value?: T;
  readonly problem?: Problem;
}

/**
 * Looks at a path of the daemon, and again when something has changed.
 *
 * @param changes a value that is another one after each change, such as the number of the last call
 */
export const useLooked = <T>(path: string, changes: unknown): Looked<T> => {
  const link = useLink();
  const rig = link.rig.value;
  const [looked, setLooked] = useState<Looked<T>>({});
  const state = useRef({ lastAt: Number.NEGATIVE_INFINITY, timer: 0, isGone: false });
  useEffect(() => {
    const now = state.current;
    // A look that is planned already will see this change too.
    if (now.timer !== 0) return;
    const wait = Math.max(SETTLE_MS, now.lastAt + BETWEEN_MS - performance.now());
    now.timer = window.setTimeout(async () => {
      now.timer = 0;
      now.lastAt = performance.now();
      const seen = await lookOnce<T>((of) => link.look(of), path);
      if (seen !== undefined && !now.isGone) setLooked(seen);
    }, wait);
  }, [path, changes, rig]);
  useEffect(
    () => () => {
      state.current.isGone = true;
      clearTimeout(state.current.timer);
    },
    [],
  );
  return looked;
};

/** @returns undefined if the daemon does not answer: the page tells that elsewhere */
const lookOnce = async <T>(
  look: (path: string) => Promise<Response>,
  path: string,
): Promise<Looked<T> | undefined> => {
  try {
    // The result that the daemon's document states for the path.
    return { value: (await (await look(path)).json()) as T };
  } catch (error) {
    if (error instanceof LookProblem) return { problem: error.problem };
    if (error instanceof TypeError) return undefined;
    throw error;
  }
};
