/** Throws in a later event loop turn, because koffi swallows exceptions of its callbacks. */
export const throwLater = (error: unknown): void => {
  setImmediate(() => {
    throw error;
  });
};
