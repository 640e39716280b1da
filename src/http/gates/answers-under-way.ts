import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The answers that each connection still owes: Node's own record of them is private. */
export class AnswersUnderWay {
  /** In the order of the requests; ended ones at the front go with the next request. */
  readonly #of = new WeakMap<Socket, ServerResponse[]>();

  /** Notes the answer of a request that has come. */
  note(response: ServerResponse): void {
    const { socket } = response.req;
    if (this.#of.has(socket)) {
      this.owed(socket).push(response);
      return;
    }
    const owed = [response];
    this.#of.set(socket, owed);
    // Each request in the queue may listen to it: more than the ten of which Node would warn.
    socket.setMaxListeners(0);
    socket.once('close', () => owed.forEach(closeIfWaiting));
  }

  /** The answers that a connection owes, in the order of the requests. */
  owed(socket: Socket): ServerResponse[] {
    const owed = this.#of.get(socket) ?? [];
    while (owed[0]?.closed) owed.shift();
    return owed;
  }

  /** Whether a part of an answer is out, and the rest is not. */
  hasBegun(socket: Socket): boolean {
    // One that waits behind others (pipelining) has no socket yet, one that has ended none any more.
    return this.#of.get(socket)?.some((one) => one.socket !== null && one.headersSent) === true;
  }
}

/** Node tells an answer that has no socket yet nothing of the end of its connection: what is piped into it would stay. */
const closeIfWaiting = (response: ServerResponse): void => {
  if (response.socket === null && !response.writableFinished) response.destroy().emit('close');
};
