import type { Answer } from '../../daemon/answers/answer.js';
import type { Refusal } from '../../daemon/answers/refusals.js';
import type { Pump } from '../../daemon/calls/pump.js';
import type { Socket } from '../../daemon/sockets/socket.js';
import { fail, ok } from '../../winsock/outcome.js';
import { offers } from '../../winsock/protocol-info.js';
import { recvDisconnect } from '../connection/recv-disconnect.js';
import { sendDisconnect } from '../connection/send-disconnect.js';
import { shutdown } from '../connection/shutdown.js';
import { type Client, ClientConnection, type Reply } from '../dispatch/reply.js';
import type { AnyOperation } from '../operation.js';
import { setSockOpt } from '../options/set-sock-opt.js';
import { close } from '../sockets/close.js';
import { type Addresses, findStream, type StreamSearch } from './find-stream.js';
import { type FlowParts, SocketSink, SocketSource } from './socket-flow.js';

/** Who wants to hold which socket. */
export interface HoldRequest {
  readonly owner: string;
  readonly socketId: string;
  readonly requestId: string;
  readonly pump: Pump;
}

/** Why a socket is not held, with the members of a problem document that are known. */
export type NotHeld = { readonly answer: Exclude<Answer<object>, { ok: true }> } & Pick<Reply, 'context'>;

/**
 * A connected stream socket, of which a pump holds both directions, and the lease of its session. All calls go
 * through dispatch.
 */
export class HeldSocket {
  readonly source: SocketSource;
  readonly sink: SocketSink;
  readonly addresses: Addresses;
  readonly #socket: Socket;
  readonly #parts: FlowParts;
  readonly #connection: ClientConnection;
  readonly #endSocket: SocketSupply['endSocket'];

  constructor(
    socket: Socket,
    parts: FlowParts & Pick<SocketSupply, 'endSocket'>,
    { localAddress, remoteAddress }: Addresses,
    connection: ClientConnection,
  ) {
    this.#endSocket = parts.endSocket;
    this.source = new SocketSource(socket, parts);
    this.sink = new SocketSink(socket, parts);
    this.addresses = { ...(localAddress && { localAddress }), ...(remoteAddress && { remoteAddress }) };
    this.#socket = socket;
    this.#parts = parts;
    this.#connection = connection;
  }

  /** Whether sending was shut down, by this pump or before it. */
  get isSendingOver(): boolean {
    return this.#socket.underlying.sendShutdown;
  }

  /** The bytes that the socket has sent so far, those of a send under way too. */
  get bytesSent(): number {
    return this.#socket.passed.send;
  }

  /** Takes both directions; the refusal: a call or another pump has one of them. */
  hold(): Refusal | undefined {
    return this.source.hold() ?? this.sink.hold();
  }

  shutdown(): Promise<Answer<object>> {
    return this.#call(shutdown, { how: 'SD_SEND' });
  }

  /** @param params those of the operation, unchecked, without the id */
  sendDisconnect(params: object): Promise<Answer<object>> {
    return this.#call(sendDisconnect, params);
  }

  /** What the peer gave to sendDisconnect, behind the end of its stream; nothing if the provider has none. */
  async disconnectData(): Promise<Answer<{ readonly disconnectData?: unknown }>> {
    // On a provider without it the call would only shut down receiving.
    return offers(this.#socket.entry, 'XP1_DISCONNECT_DATA') ? this.#call(recvDisconnect, {}) : ok({});
  }

  /** The lease of the session runs. What is received goes back from now on. */
  endReceiving(): void {
    this.source.end();
    this.#connection.close();
  }

  /** Ends all calls under way, and gives both directions back to clients. May be repeated. */
  end(): void {
    this.endReceiving();
    this.sink.end();
  }

  /** Ends the socket as close does; if that fails because of a fault, without its linger time. */
  async close(): Promise<void> {
    // Its linger time does not keep the session alive.
    const closed = await this.#call(close, {}, { ...this.#parts.pump, leavesLease: true });
    if (!closed.ok && !this.#socket.ending) this.#endSocket(this.#socket);
  }

  /** Ends the socket, and resets its connection. */
  async reset(): Promise<void> {
    const linger = { level: 'SOL_SOCKET', name: 'SO_LINGER', value: { linger: { onoff: true, linger: 0 } } };
    await this.#call(setSockOpt, linger);
    await this.close();
  }

  async #call(op: AnyOperation, params: object, pump = this.#parts.pump): Promise<Answer<object>> {
    const { dispatch, owner, requestId } = this.#parts;
    const client: Client = { gone: false, pump, onGone: () => {} };
    const { answer, settle } = await dispatch(op, {
      owner,
      params: { ...params, socketId: this.#socket.id },
      client,
      requestId,
    });
    settle(true);
    return answer;
  }
}

const NOT_CONNECTED = fail('WSAENOTCONN', 'recv', {
  detail: 'the socket is not connected; connect it first.',
});

/** What gives a pump its sockets. */
export interface SocketSupply extends StreamSearch, Pick<FlowParts, 'clock' | 'rooms'> {
  /** Ends a live socket without a call; it does not linger. */
  readonly endSocket: (socket: Socket) => void;
}

/** Holds a socket for a pump. */
export const holdSocket = async (
  supply: SocketSupply,
  { owner, socketId, requestId, pump }: HoldRequest,
): Promise<HeldSocket | NotHeld> => {
  const connection = new ClientConnection();
  const client: Client = { gone: false, connection, onGone: () => {} };
  const { answer, context } = await findStream(supply, { owner, socketId, requestId, client });
  const refused = (why: NotHeld['answer']): NotHeld => {
    connection.close();
    return { answer: why, context };
  };
  if (!answer.ok) return refused(answer);
  const { socket, addresses } = answer.value;
  if (socket.state !== 'connected') return refused(NOT_CONNECTED);
  const { dispatch, clock, rooms, endSocket } = supply;
  const parts = { dispatch, clock, rooms, endSocket, owner, requestId, pump, connection };
  const held = new HeldSocket(socket, parts, addresses, connection);
  const inUse = held.hold();
  if (!inUse) return held;
  held.end();
  return refused(inUse);
};
