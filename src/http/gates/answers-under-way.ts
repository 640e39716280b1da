import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The answers that each connection still owes. Node has a record of them too, but a private one. */
export class AnswersUnderWay {
  /** In the order of the requests; closed ones at the front are dropped by note and owed. */
  readonly #of = new WeakMap<Socket, ServerResponse[]>();

  /** Notes the answer of a request that has come. */
  note(response: ServerResponse): void {
    const { socket } = response.req;
    const earlier = this.#of.get(socket);
    if (earlier) {
      dropClosed(earlier);
      earlier.push(response);
      return;
    }
    const owed = [response];
    this.#of.set(socket, owed);
    // Each pending request may add a listener; Node warns when there are more than ten.
    socket.setMaxListeners(0);
    socket.once('close', () => owed.forEach(closeIfWaiting));
  }

  /** The answers that a connection owes, in the order of the requests. */
  owed(socket: Socket): readonly ServerResponse[] {
    const owed = this.#of.get(socket);
    if (!owed) return [];
    dropClosed(owed);
    return owed;
  }

  /** Whether an answer has been written in part. */
  hasBegun(socket: Socket): boolean {
    // An answer behind others (pipelining) has no socket yet, and an ended one has none any more.
    return this.#of.get(socket)?.some((one) => one.socket !== null && one.headersSent) === true;
  }
}

const dropClosed = (owed: ServerResponse[]): void => {
  while (owed[0]?.closed) owed.shift();
};

/**
 * An answer without a socket gets no event when its connection ends; what is piped into it would never end.
 */
const closeIfWaiting = (response: ServerResponse): void => {
  if (response.socket === null && !response.writableFinished) response.destroy().emit('close');
};
