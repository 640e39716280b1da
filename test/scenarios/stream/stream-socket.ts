import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Body } from '../../http/client.js';
import { dial, type RpcSocketOptions } from '../rpc/rpc-socket.js';
import { type HasAfter, type TestDaemon, until } from '../test-daemon.js';

/** The path of the stream of a socket. */
export const streamPath = (socketId: string, query = ''): string => `/v1/sockets/${socketId}/stream${query}`;

/** The client of a stream. */
export class StreamSocket {
  readonly ws: WebSocket;
  /** The bytes that came. */
  readonly #parts: Buffer[] = [];
  /** How many bytes came. */
  length = 0;
  /** The text messages that came. */
  readonly told: Body[] = [];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  isClosed = false;

  constructor(ws: WebSocket) {
    this.ws = ws;
    ws.on('error', () => undefined);
    ws.on('message', (data: Buffer, isBinary) => {
      if (isBinary) {
        this.#parts.push(data);
        this.length += data.length;
      } else this.told.push(JSON.parse(String(data)));
    });
    this.closed = new Promise((resolve) =>
      ws.once('close', (code, reason) => {
        this.isClosed = true;
        resolve({ code, reason: String(reason) });
      }),
    );
  }

  /** Opens one; it is closed after the test. */
  static async open(
    t: HasAfter,
    { url }: Pick<TestDaemon, 'url'>,
    socketId: string,
    { query, ...options }: RpcSocketOptions & { readonly query?: string } = {},
  ): Promise<StreamSocket> {
    const stream = new StreamSocket(dial(url, { path: streamPath(socketId, query), ...options }));
    t.after(() => stream.ws.terminate());
    await once(stream.ws, 'open');
    return stream;
  }

  /** The client's end of the connection. */
  get connection(): Socket {
    // The types lack the member.
    return (this.ws as WebSocket & { readonly _socket: Socket })._socket;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  get text(): string {
    return this.bytes.toString();
  }

  send(bytes: string | Buffer): void {
    this.ws.send(Buffer.from(bytes), { binary: true });
  }

  command(command: string | object): void {
    this.ws.send(typeof command === 'string' ? command : JSON.stringify(command), { binary: false });
  }

  /** Resolves when so many bytes have come. */
  untilLength(length: number): Promise<void> {
    return until(() => this.length >= length, `${length} bytes; there are ${this.length}`);
  }

  /** Resolves with the message of that type once it has come. */
  async untilTold(type: string): Promise<Body> {
    const find = () => this.told.find((message) => message.type === type);
    await until(() => find() !== undefined, `the message ${type}`);
    return find() as Body; // until has just found it
  }
}
