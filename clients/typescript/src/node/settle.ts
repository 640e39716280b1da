/**
 * Takes the outcome of a promise outside of it. So what a listener of a stream throws is an uncaught exception, as with
 * every stream of Node, and not a rejection that nobody handles.
 */
export const settle = <T>(
  promise: Promise<T>,
  done: (value: T) => void,
  failed: (error: Error) => void,
): void => {
  promise.then(
    (value) => process.nextTick(done, value),
    (error) => process.nextTick(failed, error),
  );
};
