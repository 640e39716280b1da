/** Throws from a turn of its own: koffi swallows what a callback of its throws. */
export const throwLater = (error: unknown): void => {
  setImmediate(() => {
    throw error;
  });
};
