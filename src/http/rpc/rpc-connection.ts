import { type Refusal, refuse } from '../../daemon/answers/refusals.js';
import { ClientConnection, type ConnectionEnd } from '../../operations/dispatch/reply.js';
import type { DaemonEvent } from '../../operations/journal/event-feed.js';
import type { EventSource } from '../events/event-reader.js';
import { afterCallsOfTurn } from '../gates/request-order.js';
import { JsonRefused, parseStrictJson } from '../gates/strict-json.js';
import type { ThriftyLog } from '../gates/thrifty-log.js';
import { type KeptBytes, type Sender, UNCOUNTED_BYTES } from '../memory/kept-bytes.js';
import type { Slices } from '../memory/slices.js';
import type { TurnLoad } from '../memory/turn-load.js';
import type { Problem } from '../problems/problem.js';
import { type AnswerReceiver, CollectedAnswer } from '../rest/collected-answer.js';
import type { Caller } from '../rest/named-calls.js';
import type { BeforeReply } from '../rest/rest.js';
import { Inbox } from '../websocket/inbox.js';
import { Outbox } from '../websocket/outbox.js';
import { CLOSE, type OpenWebSocket, type WebSockets } from '../websocket/web-sockets.js';
import { CallsUnderWay } from './calls-under-way.js';
import { answerArray, type RpcAnswer, settleAnswer } from './rpc-answer.js';
import { RpcCall } from './rpc-call.js';
import type { RpcMethods } from './rpc-methods.js';
import { type RpcId, type RpcRequest, readRpcRequest, wrongArray } from './rpc-request.js';
import { errorText, resultText } from './rpc-response.js';
import { RpcSubscriptions } from './rpc-subscriptions.js';

/** The parts of the edge that RpcConnection uses. */
export interface RpcConnectionParts {
  readonly methods: RpcMethods;
  readonly source: EventSource;
  /** See eventTexts. */
  readonly eventText: (event: DaemonEvent) => string;
  readonly sockets: WebSockets;
  readonly slices: Slices;
  readonly kept: KeptBytes;
  readonly turn: TurnLoad;
  readonly lines: ThriftyLog;
  /** The most values and names of one message. */
  readonly bodyValues: number;
  /** The most requests that are under way. */
  readonly mostUnderWay: number;
  readonly beforeReply?: BeforeReply | undefined;
}

/**
 * JSON-RPC over one WebSocket: requests begin in the order of their messages, any number is under way, and
 * each is answered as soon as its call ends.
 */
export class RpcConnection {
  readonly #open: OpenWebSocket;
  readonly #parts: RpcConnectionParts;
  readonly #outbox: Outbox;
  readonly #subscriptions: RpcSubscriptions;
  readonly #connection = new ClientConnection();
  readonly #receiver: AnswerReceiver;
  readonly #inbox: Inbox;
  readonly #calls: CallsUnderWay;
  #begun = 0;

  constructor(open: OpenWebSocket, parts: RpcConnectionParts) {
    const { ws, owner, socket } = open;
    this.#open = open;
    this.#parts = parts;
    this.#calls = new CallsUnderWay(parts.kept.of(owner).account, parts.mostUnderWay);
    const sender: Sender = { owner, raw: { socket } };
    this.#receiver = {
      ...sender,
      get isLost() {
        return ws.readyState !== ws.OPEN;
      },
    };
    const { events } = parts.source;
    this.#outbox = new Outbox(ws, socket, {
      hold: () => parts.kept.holdAnswer(sender),
      stalled: parts.sockets.stalled,
      mostOfEvents: events.maxBytes,
      onRoom: () => this.#inbox.goOn(),
      onSlow: (characters) => this.#cut(characters),
    });
    this.#inbox = new Inbox(ws, {
      owner,
      slices: parts.slices,
      isFull: () => this.#outbox.isFull,
      begin: (data) => this.#begin(data),
      onBug: this.#failed,
    });
    this.#subscriptions = new RpcSubscriptions(parts.source, parts.eventText, this.#outbox);
    ws.on('message', (data, isBinary) => {
      // ws gives a Buffer unless another binaryType is set.
      if (isBinary || !Buffer.isBuffer(data)) ws.close(CLOSE.unsupported, 'Messages are text.');
      else this.#inbox.receive(data);
    });
    ws.once('close', (code) => this.#end(code === CLOSE.lost ? 'lost' : 'closed'));
  }

  readonly #failed = (err: unknown): void => {
    const { ws, owner, requestId } = this.#open;
    this.#parts.lines.write('error', owner, { err, requestId }, 'request failed by a bug');
    ws.close(CLOSE.bug, 'The daemon has a bug; see its log.');
  };

  /** Begins the calls of a message. */
  async #begin(data: Buffer): Promise<void> {
    const requestId = this.#nextRequestId();
    const value = this.#parsed(data);
    if (value instanceof JsonRefused) {
      this.#refuse(null, refuse('malformed-json', value.message), requestId);
    } else if (!Array.isArray(value)) {
      this.#answer(value, requestId, data.length)
        .then((answer) => this.#send(answer, requestId))
        .catch(this.#failed);
    } else {
      const wrong = wrongArray(value);
      if (wrong) this.#refuse(null, wrong, requestId);
      else await this.#beginArray(value, requestId, data.length);
    }
  }

  #parsed(data: Buffer): unknown {
    try {
      return parseStrictJson(data.toString(), this.#parts.bodyValues);
    } catch (error) {
      if (error instanceof JsonRefused) return error;
      throw error;
    }
  }

  async #beginArray(values: readonly unknown[], requestId: string, bytes: number): Promise<void> {
    const collected = this.#collect();
    let begun = 0;
    const bytesOfOne = Math.ceil(bytes / values.length);
    const begin = (value: unknown) => this.#answer(value, `${requestId}.${++begun}`, bytesOfOne);
    const pace = async (): Promise<void> => {
      if (begun > 0) await new Promise<void>(afterCallsOfTurn);
      await this.#inbox.nextSlice();
    };
    const failed = (error: unknown): void => {
      collected.settle(false);
      this.#failed(error);
    };
    try {
      const { answered } = await answerArray(values, begin, pace, collected);
      answered.then((text) => this.#send({ text, collected }, requestId)).catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  /** Makes the call of a request object. @param bytes its length */
  async #answer(value: unknown, requestId: string, bytes: number): Promise<RpcAnswer> {
    const { methods, kept } = this.#parts;
    const { owner } = this.#open;
    const request = readRpcRequest(value);
    if (!request.ok) return { text: methods.refused(request.id, request.refusal, { owner, requestId }) };
    const { id } = request.value;
    const taken = this.#calls.refuseId(id);
    if (taken) return { text: this.#textOf(id, taken, requestId) };
    const call = new RpcCall(this.#connection);
    const caller = { owner, requestId, bytes: kept.of(owner), client: call };
    const own = this.#own(request.value, caller, call);
    if (own) return { text: this.#textOf(id, await own, requestId) };
    const counted = bytes > UNCOUNTED_BYTES ? bytes : 0;
    const refusal = this.#calls.enter(call, id, counted);
    if (refusal) return { text: this.#textOf(id, refusal, requestId) };
    try {
      return await methods.answerRequest(request.value, caller, () => this.#collect());
    } finally {
      this.#calls.leave(call, id, counted);
    }
  }

  /** The answer of a method that only a WebSocket has; undefined if the method is another one. */
  #own(
    { id, method, params = {} }: RpcRequest,
    caller: Caller,
    client: RpcCall,
  ): Answered | Promise<Answered> | undefined {
    switch (method) {
      case 'rpc.cancel':
        return this.#calls.cancel(params);
      case 'rpc.subscribe':
        // Nobody would know the subscription of a notification, whose result counts as not delivered.
        return id === undefined ? {} : this.#subscriptions.subscribe(params, { ...caller, client });
      case 'rpc.unsubscribe':
        return this.#subscriptions.unsubscribe(params);
      default:
        return undefined;
    }
  }

  /** The response object; undefined for a notification. */
  #textOf(id: RpcId | undefined, answer: Answered, requestId: string): string | undefined {
    const { methods } = this.#parts;
    const { owner } = this.#open;
    if ('refusal' in answer) {
      const text = methods.refused(id ?? null, answer, { owner, requestId });
      return id === undefined ? undefined : text;
    }
    if (id === undefined) return undefined;
    return 'document' in answer ? errorText(id, answer) : resultText(id, answer);
  }

  #refuse(id: RpcId, refusal: Refusal, requestId: string): void {
    const { owner } = this.#open;
    this.#outbox.answer(this.#parts.methods.refused(id, refusal, { owner, requestId }));
  }

  async #send(answer: RpcAnswer, requestId: string): Promise<void> {
    try {
      if (this.#parts.beforeReply) await this.#parts.beforeReply(requestId, 'rpc');
    } catch (error) {
      settleAnswer(answer, false);
      throw error;
    }
    // From now on the outbox counts the text.
    answer.collected?.countSettles();
    if (answer.text === undefined) settleAnswer(answer, false);
    else this.#outbox.answer(answer.text, (delivered) => settleAnswer(answer, delivered));
  }

  #collect(): CollectedAnswer {
    return new CollectedAnswer(this.#receiver, this.#parts);
  }

  #nextRequestId(): string {
    return `${this.#open.requestId}.${++this.#begun}`;
  }

  /** So many characters of events wait that the client is too slow. */
  #cut(characters: number): void {
    const { ws, owner, requestId } = this.#open;
    const line = { requestId, owner, characters };
    this.#parts.lines.write('warn', owner, line, 'a reader of events was too slow and is cut off');
    ws.close(CLOSE.policy, 'Events are read too slowly.');
  }

  #end(how: ConnectionEnd): void {
    this.#calls.endAll();
    this.#subscriptions.close();
    this.#connection.close(how);
  }
}

/** What a method of the connection itself answers. */
type Answered = object | Refusal | Problem;
