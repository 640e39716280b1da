import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Answer, isRefusal } from '../../daemon/answers/answer.js';
import { type Client, ClientConnection, type Reply } from '../../operations/dispatch/reply.js';
import { paramsCheck } from '../../operations/dispatch/validation.js';
import { type DescribedOperation, functionOf } from '../../operations/operation.js';
import { findStream } from '../../operations/pump/find-stream.js';
import type { SocketSupply } from '../../operations/pump/held-socket.js';
import type { FlowParts, Socket } from '../../operations/pump/socket-flow.js';
import { ok } from '../../winsock/outcome.js';
import type { RequestOrder } from '../gates/request-order.js';
import type { ThriftyLog } from '../gates/thrifty-log.js';
import type { KeptBytes } from '../memory/kept-bytes.js';
import type { Problem } from '../problems/problem.js';
import { failedCall, idsIn } from '../rest/call-log.js';
import { parameterReader } from '../rest/parameters.js';
import { restRouteOf } from '../rest/rest-route.js';
import { IDLE_MS } from './bytes-definitions.js';

/** What the routes for raw bytes share with the rest of the edge. */
export interface BytesParts extends SocketSupply {
  readonly lines: ThriftyLog;
  readonly order: RequestOrder;
  readonly kept: KeptBytes;
}

/** The parameters of a request for raw bytes, after their check. */
export interface BytesParams {
  readonly socketId: string;
  readonly maxBytes?: number;
  readonly untilEnd?: boolean;
  readonly timeoutMs?: number;
}

/** One request for raw bytes. */
export class BytesRequest {
  readonly op: DescribedOperation;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly parts: BytesParts;
  /** Keeps the lease of the session for as long as bytes move. */
  readonly connection = new ClientConnection();
  readonly #started = performance.now();

  constructor(op: DescribedOperation, reply: FastifyReply, parts: BytesParts) {
    this.op = op;
    this.reply = reply;
    this.request = reply.request;
    this.parts = parts;
  }

  /** The stream of the request, or why there is none. */
  async stream(socketId: string, client: Client): Promise<Answer<Socket>> {
    const { owner, id: requestId } = this.request;
    const { answer } = await findStream(this.parts, { owner, socketId, requestId, client });
    if (answer.ok) return ok(answer.value.socket);
    return isRefusal(answer) ? answer : { ...answer, call: functionOf(this.op) };
  }

  /** What the flow of the socket needs. */
  flowParts({ timeoutMs }: BytesParams): FlowParts {
    const { dispatch, clock, rooms } = this.parts;
    return {
      dispatch,
      clock,
      owner: this.request.owner,
      requestId: this.request.id,
      pump: { name: `${this.op.name} of request ${this.request.id}`, idleMs: IDLE_MS },
      connection: this.connection,
      rooms,
      timeoutMs,
    };
  }

  /** Ends a request whose client has gone: no answer behind this one can be delivered either. */
  leave(): void {
    this.reply.hijack();
    this.request.raw.socket.destroy();
  }

  /** The problem of a failure, which is logged. */
  problem(
    answer: Exclude<Answer<object>, { ok: true }>,
    context: Reply['context'] = {},
    extra: Readonly<Record<string, number>> = {},
  ): Problem {
    const { id: requestId, owner, params } = this.request;
    const call = { operation: this.op, requestId, owner, started: this.#started };
    return failedCall(
      this.parts.lines,
      call,
      { ...idsIn(params), ...context },
      {
        ...answer,
        extra: { ...answer.extra, ...extra },
      },
    );
  }
}

/** What a problem says of the socket. */
export const contextOf = ({ id: socketId, session, providerName, state }: Socket): Reply['context'] => ({
  sessionId: session.id,
  socketId,
  provider: providerName,
  state,
});

/** Reads and checks the parameters of a request for raw bytes, all of which are in path and query. */
export const bytesParameters = (
  op: DescribedOperation,
): ((request: FastifyRequest) => Answer<BytesParams>) => {
  const read = parameterReader(op, restRouteOf(op));
  const check = paramsCheck(op);
  return ({ params, query }) => {
    const given = read({ params, query, body: undefined });
    if (!given.ok) return given;
    // The schema has the members of the type.
    return check(given.value) ?? ok(given.value as unknown as BytesParams);
  };
};
