import { useRef } from 'preact/hooks';

/** The list of the last time as long as the new one has the same elements, so that what was made of it stays. */
export const useSame = <T>(list: readonly T[]): readonly T[] => {
  const kept = useRef(list);
  const before = kept.current;
  const isSame = list.length === before.length && list.every((element, at) => element === before[at]);
  if (!isSame) kept.current = list;
  return kept.current;
};
