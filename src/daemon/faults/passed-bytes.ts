/** The direction of bytes, as the program that owns the socket sees it. */
export type Direction = 'send' | 'recv';

/** How many bytes a socket has sent and received so far, at all its ids together. */
export type PassedBytes = Record<Direction, number>;

/** Counts the bytes of sockets from an instant on. Keeps no socket alive. */
export class BytesSince {
  readonly #before = new WeakMap<PassedBytes, PassedBytes>();

  /** What the socket has moved so far does not count. Of a socket that is not begun, everything counts. */
  begin(passed: PassedBytes): void {
    this.#before.set(passed, { ...passed });
  }

  of(passed: PassedBytes, direction: Direction): number {
    return passed[direction] - (this.#before.get(passed)?.[direction] ?? 0);
  }
}
