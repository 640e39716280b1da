import { useState } from 'preact/hooks';

/** The part of a long list that is shown. */
export interface ListPage {
  /** The index of its first element. */
  readonly from: number;
  readonly size: number;
  readonly total: number;
  readonly goTo: (from: number) => void;
}

/** Keeps which page of a list is shown: the last one there is when the list has become shorter. */
export const usePage = (total: number, size: number): ListPage => {
  const [asked, goTo] = useState(0);
  const last = Math.floor(Math.max(0, total - 1) / size) * size;
  return { from: Math.min(asked, last), size, total, goTo };
};
