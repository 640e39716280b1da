import type { Answer } from '../../daemon/answers/answer.js';
import { done } from '../../winsock/outcome.js';

export { PIECE_BYTES } from '../../daemon/memory/piece-rooms.js';

/** Bytes from a source. */
export interface Piece {
  readonly bytes: Buffer;
  /** The source has ended, and there are no bytes. */
  readonly eof: boolean;
  /** Must be called: whether the bytes were taken. If not, they go back to the source. */
  readonly settle: (taken: boolean) => void;
}

/** Where bytes come from: a socket, the body of a request, a WebSocket. */
export interface Source {
  /** Waits for bytes, or for the end. Never called before the last piece was settled. */
  read(): Answer<Piece> | Promise<Answer<Piece>>;
}

/** Where bytes go: a socket, the body of an answer, a WebSocket. */
export interface Sink {
  /**
   * Takes all of the bytes, and waits until there is room for more. Then it does not use them any more: the
   * next ones may take their place.
   */
  write(bytes: Buffer): Answer<unknown> | Promise<Answer<unknown>>;
}

/**
 * Moves bytes until the source ends or one of the two fails. One piece is under way at a time: a sink that
 * takes nothing holds up the source.
 *
 * @returns success when the source has ended
 */
export const pumpBytes = async (source: Source, sink: Sink): Promise<Answer<void>> => {
  for (;;) {
    const read = source.read();
    const got = read instanceof Promise ? await read : read;
    if (!got.ok) return got;
    const { bytes, eof, settle } = got.value;
    if (eof) {
      settle(true);
      return done;
    }
    let taken: Answer<unknown>;
    try {
      const writing = sink.write(bytes);
      taken = writing instanceof Promise ? await writing : writing;
    } catch (bug) {
      settle(false);
      throw bug;
    }
    settle(taken.ok);
    if (!taken.ok) return taken;
  }
};
