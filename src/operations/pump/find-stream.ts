import type { Answer } from '../../daemon/answers/answer.js';
import type { Socket } from '../../daemon/sockets/socket.js';
import type { SocketAddress } from '../../winsock/addresses.js';
import { fail, ok } from '../../winsock/outcome.js';
import type { Dispatch } from '../dispatch/dispatch.js';
import type { Client, Reply } from '../dispatch/reply.js';
import { getSocket } from '../sockets/get-socket.js';

/** What finds a socket. */
export interface StreamSearch {
  readonly dispatch: Dispatch;
  /** The live socket with an id, whoever owns it. */
  readonly findSocket: (id: string) => Socket | undefined;
}

/** Who looks for which socket. */
export interface StreamRequest {
  readonly owner: string;
  readonly socketId: string;
  readonly requestId: string;
  readonly client: Client;
}

/** The addresses of a socket, as far as it has them. */
export interface Addresses {
  readonly localAddress?: SocketAddress;
  readonly remoteAddress?: SocketAddress;
}

/** A stream socket, or why there is none; with the members of a problem document that are known. */
export type FoundStream = {
  readonly answer: Answer<{ readonly socket: Socket; readonly addresses: Addresses }>;
} & Pick<Reply, 'context'>;

/** Finds the stream socket with an id, which is judged as that of any call. */
export const findStream = async (
  { dispatch, findSocket }: StreamSearch,
  { owner, socketId, requestId, client }: StreamRequest,
): Promise<FoundStream> => {
  const look = () => dispatch(getSocket, { owner, params: { socketId }, client, requestId });
  let reply = await look();
  reply.settle(true);
  // It may have ended behind that answer. Then another one says how.
  if (reply.answer.ok && !findSocket(socketId)) {
    reply = await look();
    reply.settle(true);
  }
  const { answer, context } = reply;
  if (!answer.ok) return { answer, context };
  const socket = findSocket(socketId);
  if (!socket?.isStream) return { answer: NO_STREAM, context };
  // The result of getSocket has the addresses.
  return { answer: ok({ socket, addresses: answer.value as Addresses }), context };
};

const NO_STREAM = fail('WSAEOPNOTSUPP', 'recv', { detail: 'the socket is no stream socket.' });
