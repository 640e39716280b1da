import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/**
 * Moves the focus to what comes next, the first element with `data-next`, whenever the phase changes.
 *
 * @param alsoAtFirst whether it does so when the component appears: not when the page has just been opened
 * @returns the ref of an element around it
 */
export const useFocusOnNext = <T extends HTMLElement>(
  phase: string,
  alsoAtFirst: boolean,
): RefObject<T | null> => {
  const around = useRef<T>(null);
  const shown = useRef(alsoAtFirst ? undefined : phase);
  useEffect(() => {
    if (shown.current === phase) return;
    shown.current = phase;
    around.current?.querySelector<HTMLElement>('[data-next]')?.focus();
  }, [phase]);
  return around;
};
