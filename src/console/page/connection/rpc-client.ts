import { ownProblem } from '../../model/look-problem.js';
import type { Outcome, Problem } from '../../model/types.js';
import { subprotocolOf } from './token.js';

/** What a client of JSON-RPC tells its owner. */
export interface RpcEvents {
  onEvent(kind: string, event: unknown): void;
  /** The WebSocket is closed; `code` as in RFC 6455, 1006 without a close frame. */
  onClose(code: number): void;
}

interface Response {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly kind: string; readonly event: unknown };
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: Problem };
}

/** The WebSocket did not open; a page is not told why. */
export class NotOpened extends Error {
  override name = 'NotOpened';
}

/** JSON-RPC 2.0 over one WebSocket: any number of calls at once, and the events of the owner. */
export class RpcClient {
  readonly #socket: WebSocket;
  readonly #pending = new Map<number, (outcome: Outcome) => void>();
  #last = 0;

  private constructor(socket: WebSocket, events: RpcEvents) {
    this.#socket = socket;
    // The daemon sends nothing but JSON-RPC on this WebSocket.
    socket.onmessage = ({ data }) => this.#take(JSON.parse(String(data)) as Response, events);
    socket.onclose = ({ code }) => {
      for (const settle of this.#pending.values()) settle({ ok: false, problem: LOST });
      this.#pending.clear();
      events.onClose(code);
    };
  }

  /** Opens it. Rejects if it does not open; a page does not learn why. */
  static open(token: string, events: RpcEvents): Promise<RpcClient> {
    const url = new URL('/v1/rpc', location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    url.hash = '';
    const socket = new WebSocket(url, ['winsockd.v1', subprotocolOf(token)]);
    return new Promise((resolve, reject) => {
      socket.onopen = () => resolve(new RpcClient(socket, events));
      socket.onclose = () => reject(new NotOpened());
    });
  }

  /** Makes a call. The answer is its result or its problem document; it never rejects. */
  call(method: string, params: object): Promise<Outcome> {
    if (this.#socket.readyState !== WebSocket.OPEN) return Promise.resolve({ ok: false, problem: LOST });
    const id = ++this.#last;
    return new Promise((resolve) => {
      this.#pending.set(id, resolve);
      this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  close(): void {
    this.#socket.close(1000);
  }

  #take({ id, method, params, result, error }: Response, events: RpcEvents): void {
    if (method === 'rpc.event' && params) {
      events.onEvent(params.kind, params.event);
      return;
    }
    const settle = this.#pending.get(id ?? 0);
    this.#pending.delete(id ?? 0);
    if (result !== undefined) settle?.({ ok: true, result });
    else settle?.({ ok: false, problem: error?.data ?? { ...LOST, title: error?.message ?? LOST.title } });
  }
}

/** Stands for the answer of a call whose connection was lost. It is the page's own, not the daemon's. */
const LOST = ownProblem(
  'The connection to the daemon was lost',
  'The call may have been made or not: see the journal when the page is connected again.',
);
