import type { Problem } from '../../model/types.js';

/** Tells the person what was done, or why it was not. */
export type Say = (text: string | Problem) => void;
