import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { type Answer, type Body, checkAnswer } from '../../http/client.js';
import type { Parameters, Send } from '../every-operation.js';
import { ALICE, type HasAfter, type TestDaemon, until } from '../test-daemon.js';
import { rpcRequest } from './rpc-client.js';

export const SUBPROTOCOL = 'winsockd.v1';

/** The subprotocol that carries a token. */
export const tokenProtocol = (token: string): string =>
  `winsockd.token.${Buffer.from(token).toString('base64url')}`;

export interface RpcSocketOptions {
  /** Sent as Authorization; undefined sends none. */
  readonly token?: string | undefined;
  readonly protocols?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly path?: string;
  /** The certificate to trust. */
  readonly ca?: string;
  /** Whether it offers to compress messages (RFC 7692), as browsers do. */
  readonly offersCompression?: boolean;
}

export const dial = (url: string, options: RpcSocketOptions): WebSocket => {
  const {
    protocols = [SUBPROTOCOL],
    headers = {},
    path = '/v1/rpc',
    ca,
    offersCompression = false,
  } = options;
  const token = 'token' in options ? options.token : ALICE;
  return new WebSocket(`${url.replace(/^http/, 'ws')}${path}`, [...protocols], {
    headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers },
    perMessageDeflate: offersCompression,
    ...(ca !== undefined && { ca }),
  });
};

/** The answer to a request for a WebSocket that the daemon refuses; it must be a problem document. */
export const refusedSocket = async (url: string, options: RpcSocketOptions = {}): Promise<Answer> => {
  const ws = dial(url, options);
  ws.on('error', () => undefined);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    ws.once('unexpected-response', (_request, response) => resolve(response));
    ws.once('open', () => reject(new Error('the WebSocket was opened')));
  });
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(response, 'end');
  const body = JSON.parse(Buffer.concat(chunks).toString());
  const answer = { status: response.statusCode ?? 0, headers: response.headers, body };
  checkAnswer(answer, options.headers?.origin);
  response.socket.destroy();
  return answer;
};

/** A WebSocket of `GET /v1/rpc`. */
export class RpcSocket {
  readonly ws: WebSocket;
  /** Everything that came, in its order. */
  readonly received: Body[] = [];
  /** The parameters of the notifications `rpc.event`. */
  readonly events: Body[] = [];
  /** Its close code, once it has closed. */
  closeCode: number | undefined;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly #waiting = new Map<unknown, (response: Body) => void>();
  /** Far from the ids that tests choose. */
  #lastId = 1_000_000;

  constructor(ws: WebSocket) {
    this.ws = ws;
    ws.on('error', () => undefined);
    ws.on('message', (data) => this.#take(JSON.parse(String(data))));
    this.closed = new Promise((resolve) =>
      ws.once('close', (code, reason) => {
        this.closeCode = code;
        resolve({ code, reason: String(reason) });
      }),
    );
  }

  /** Opens one; it is closed after the test. */
  static async open(
    t: HasAfter,
    { url }: Pick<TestDaemon, 'url'>,
    options: RpcSocketOptions = {},
  ): Promise<RpcSocket> {
    const socket = new RpcSocket(dial(url, options));
    t.after(() => socket.ws.terminate());
    await once(socket.ws, 'open');
    return socket;
  }

  /** The client's end of the connection. */
  get connection(): Socket {
    // The types lack the member.
    return (this.ws as WebSocket & { readonly _socket: Socket })._socket;
  }

  /** Sends a text unchanged, or a value as JSON. */
  send(message: string | object): void {
    this.ws.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** The response to a request. */
  response(method: string, params: object = {}, id: string | number = ++this.#lastId): Promise<Body> {
    const answered = this.answerTo(id);
    this.send(rpcRequest(method, { ...params }, id));
    return answered;
  }

  /** The response with that id, which has not come yet. */
  answerTo(id: unknown): Promise<Body> {
    assert.ok(!this.#waiting.has(id), `a response to ${id} is expected already`);
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  /** The result of a call that must succeed. */
  async ok(method: string, params: object = {}): Promise<Body> {
    const { result, error } = await this.response(method, params);
    assert.equal(error, undefined, `${method} gave ${JSON.stringify(error)}`);
    return result;
  }

  /** The error of a call that must fail. */
  async error(method: string, params: object = {}): Promise<Body> {
    const { result, error } = await this.response(method, params);
    assert.equal(result, undefined, `${method} gave ${JSON.stringify(result)}`);
    return error;
  }

  /** Resolves when the daemon has begun everything that was sent before. */
  async settled(): Promise<void> {
    assert.deepEqual(await this.ok('rpc.cancel', { id: 'no such id' }), { cancelled: false });
  }

  /** Resolves with all events once there are that many. */
  async untilEvents(count: number): Promise<Body[]> {
    await until(() => this.events.length >= count, `${count} events; there are ${this.events.length}`);
    return this.events;
  }

  /** Ends the connection at once, as the system of a killed client does. */
  destroy(): void {
    this.connection.resetAndDestroy();
  }

  #take(message: Body): void {
    this.received.push(message);
    if (message.method === 'rpc.event') this.events.push(message.params);
    else {
      const id = Array.isArray(message) ? message[0].id : message.id;
      const answered = this.#waiting.get(id);
      this.#waiting.delete(id);
      answered?.(message);
    }
  }
}

/** Calls over one WebSocket, which must be open. */
export const overWebSocket = (socket: RpcSocket): Send => {
  return async (op, params: Parameters) => {
    const { result, error } = await socket.response(op.name, params);
    return error === undefined
      ? { status: 200, body: result }
      : { status: error.data.status, body: error.data };
  };
};
