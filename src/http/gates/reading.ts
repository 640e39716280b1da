import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Members that Node keeps of a connection of its HTTP server; its typing lacks them. */
type HttpSocket = Socket & {
  /** Node itself does not read it: too much waits to be written. */
  _paused?: boolean;
  readonly parser?: { onIncoming?: () => number; resume?: () => void } | null;
};

/**
 * Ends a connection within the piece of it that is parsed now: this would go on to its end, thousands of requests. Any
 * result but 0 to 2 is an error of the parser, which Node reports as one of the client.
 */
export const cut = (socket: Socket): void => {
  const { parser }: HttpSocket = socket;
  // Without this member of Node the rest of the piece is only parsed in vain.
  if (parser?.onIncoming) parser.onIncoming = () => -1;
  socket.destroy();
};

/** Reads a connection again, as Node does when what waited has been written. */
export const readAgain = (socket: Socket): void => {
  const connection: HttpSocket = socket;
  if (connection._paused) {
    connection._paused = false;
    connection.parser?.resume?.();
  }
  socket.resume();
};

/** Keeps a connection from being read, though Node resumes it at the end of each request and for bodies. */
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

/** Whether the connection closes behind this answer, which has been begun: Node's own note of it. */
export const closesBehind = (response: ServerResponse & { readonly _last?: boolean }): boolean =>
  response.headersSent && response._last === true;
