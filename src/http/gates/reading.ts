import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Private members of a connection of Node's HTTP server. */
type HttpSocket = Socket & {
  /** Node has stopped reading, because too many bytes wait to be written. */
  _paused?: boolean;
  readonly parser?: { onIncoming?: () => number; resume?: () => void } | null;
};

/**
 * Ends a connection at once, also within the chunk that the parser is reading: it would go on with thousands
 * of requests. A callback result other than 0 to 2 is a parser error.
 */
export const cut = (socket: Socket): void => {
  const { parser }: HttpSocket = socket;
  // Where Node has no such member, the rest of the chunk is parsed in vain.
  if (parser?.onIncoming) parser.onIncoming = () => -1;
  socket.destroy();
};

/** Resumes a connection as Node does when the waiting bytes have been written. */
export const readAgain = (socket: Socket): void => {
  const connection: HttpSocket = socket;
  if (connection._paused) {
    connection._paused = false;
    connection.parser?.resume?.();
  }
  socket.resume();
};

/** Keeps a connection paused, although Node resumes it at the end of each request and for bodies. */
export class Pause {
  readonly #socket: Socket;
  readonly #again: () => void;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#again = () => void socket.pause();
    socket.on('resume', this.#again).pause();
  }

  end(): void {
    this.#socket.off('resume', this.#again).resume();
  }
}

/** Whether the connection closes after this answer, whose header has been written. */
export const closesBehind = (response: ServerResponse & { readonly _last?: boolean }): boolean =>
  response.headersSent && response._last === true;
