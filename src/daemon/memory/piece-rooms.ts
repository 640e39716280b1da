/** The most bytes that move at once: what one pump keeps in memory. */
export const PIECE_BYTES = 256 * 1024;

/** So many buffers are kept for later: pieces that are under way at once are few, pumps may be thousands. */
const MOST_FREE = 8;

/**
 * The buffers into which pumps receive. A new one for each piece costs as much as the receive, and one for each
 * pump would keep memory for all those that wait.
 */
export class PieceRooms {
  readonly #free: Buffer[] = [];

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(PIECE_BYTES);
  }

  giveBack(buffer: Buffer): void {
    if (this.#free.length < MOST_FREE) this.#free.push(buffer);
  }
}

/** Where the receives of one pump put their bytes, one after the other. */
export class PieceRoom {
  readonly #rooms: PieceRooms;
  #buffer: Buffer | undefined;

  constructor(rooms: PieceRooms) {
    this.#rooms = rooms;
  }

  /** PIECE_BYTES long; the same until it is released or left. */
  get buffer(): Buffer {
    this.#buffer ??= this.#rooms.take();
    return this.#buffer;
  }

  /** There are no bytes in it, or nobody uses them any more. */
  release(): void {
    if (this.#buffer) this.#rooms.giveBack(this.#buffer);
    this.#buffer = undefined;
  }

  /** Its bytes have gone back to the socket, and stay in it. */
  leave(): void {
    this.#buffer = undefined;
  }
}
