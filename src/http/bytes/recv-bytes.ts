import { once } from 'node:events';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Answer } from '../../daemon/answers/answer.js';
import { refuse } from '../../daemon/answers/refusals.js';
import type { Reply } from '../../operations/dispatch/reply.js';
import { PIECE_BYTES, type Piece, pumpBytes, type Source } from '../../operations/pump/pump.js';
import { SocketSource } from '../../operations/pump/socket-flow.js';
import { RawBytes } from '../../operations/schemas/raw-bytes.js';
import { recv } from '../../operations/transfer/recv.js';
import { ok } from '../../winsock/outcome.js';
import { RAW_TYPE } from '../headers.js';
import { sendProblem } from '../problems/send-answer.js';
import { deliverAs, isGone, onceEnded, RestClient, setCallFields } from '../rest/delivery.js';
import { AnswerSink } from './answer-sink.js';
import { IDLE_MS, RECV_BYTES } from './bytes-definitions.js';
import { IdleLimit } from './idle-limit.js';
import { type BytesParams, type BytesParts, BytesRequest, bytesParameters, contextOf } from './raw-bytes.js';

const NO_BODY = refuse('bad-request', 'recvBytes has no body; its parameters are in the query.');

const NO_CHUNKS = refuse('http-version', 'With untilEnd the answer is chunked, which needs HTTP/1.1.');

/** Makes the handler of recvBytes. */
export const recvBytes = (parts: BytesParts) => {
  const parametersOf = bytesParameters(RECV_BYTES);
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const bytes = new BytesRequest(RECV_BYTES, reply, parts);
    const params = hasContent(request.body)
      ? NO_BODY
      : (parts.kept.of(request.owner).refuseLongAnswer() ?? parametersOf(request));
    if (!params.ok) sendProblem(reply, bytes.problem(params));
    else if (params.value.untilEnd) await receiveAll(bytes, params.value);
    else await receiveOnce(bytes, params.value);
  };
};

const hasContent = (body: unknown): boolean => Object.keys(Object(body)).length > 0;

/** The client of one receive. */
class RawClient extends RestClient {
  readonly takesRawBytes = true;
}

/** One receive, whose answer is delivered or goes back as that of every receive. */
const receiveOnce = async (
  bytes: BytesRequest,
  { socketId, maxBytes, timeoutMs }: BytesParams,
): Promise<void> => {
  const { reply, request, parts } = bytes;
  const { owner, id: requestId } = request;
  const client = new RawClient(reply.raw, true, parts.order);
  const params = {
    socketId,
    ...(maxBytes !== undefined && { maxBytes }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  };
  const result = await parts.dispatch(recv, { owner, params, client, requestId });
  if (result.answer.ok) {
    // The client has asked for such a result.
    const value = result.answer.value as Received;
    deliverAs(writeReceived, reply, client, result, value, parts.kept);
    return;
  }
  result.settle(true);
  if (isGone(reply.raw)) {
    bytes.leave();
    return;
  }
  setCallFields(reply, result);
  sendProblem(reply, bytes.problem(result.answer, result.context));
};

interface Received {
  readonly data: unknown;
  readonly eof: boolean;
  readonly truncated: boolean;
}

const writeReceived = (reply: FastifyReply, result: Reply, { data, eof, truncated }: Received): number => {
  const content = data instanceof RawBytes ? data.bytes : NO_BYTES;
  setCallFields(reply, result);
  reply
    .code(200)
    .headers({
      'content-type': RAW_TYPE,
      'winsock-bytes': String(content.length),
      'winsock-eof': String(eof),
      'winsock-truncated': String(truncated),
    })
    .send(content);
  return content.length;
};

const NO_BYTES = Buffer.alloc(0);

/** Everything until the end of the peer, or a number of bytes. */
class LimitedSource implements Source {
  /** Whether the end of the peer was found. */
  eof = false;
  /** The bytes that were taken. */
  bytesReceived = 0;
  readonly #source: SocketSource;
  readonly #most: number;

  constructor(source: SocketSource, most = Number.POSITIVE_INFINITY) {
    this.#source = source;
    this.#most = most;
  }

  async read(): Promise<Answer<Piece>> {
    const left = this.#most - this.bytesReceived;
    if (left === 0) return ok({ bytes: NO_BYTES, eof: true, settle: () => undefined });
    const piece = await this.#source.read(Math.min(left, PIECE_BYTES));
    if (!piece.ok) return piece;
    const { bytes, eof, settle } = piece.value;
    this.eof = eof;
    const count = (taken: boolean): void => {
      if (taken) this.bytesReceived += bytes.length;
      settle(taken);
    };
    return ok({ bytes, eof, settle: count });
  }
}

/** Receives until the end, into a chunked answer. */
const receiveAll = async (bytes: BytesRequest, params: BytesParams): Promise<void> => {
  const { reply, request, parts } = bytes;
  const { raw } = reply;
  if (request.raw.httpVersion === '1.0') {
    sendProblem(reply, bytes.problem(NO_CHUNKS));
    return;
  }
  const client = new RestClient(raw, true, parts.order);
  const socket = await bytes.stream(params.socketId, client);
  if (!socket.ok) {
    sendProblem(reply, bytes.problem(socket));
    return;
  }
  // Only then what is handed to the connection is on its way to the client.
  if (raw.socket === null && !isGone(raw)) await Promise.race([once(raw, 'socket'), once(raw, 'close')]);
  const source = new SocketSource(socket.value, bytes.flowParts(params));
  if (isGone(raw)) {
    bytes.leave();
    return;
  }
  const inUse = source.hold();
  if (inUse) sendProblem(reply, bytes.problem(inUse, contextOf(socket.value)));
  else await streamTo(bytes, source, params.maxBytes);
};

const streamTo = async (
  bytes: BytesRequest,
  source: SocketSource,
  maxBytes: number | undefined,
): Promise<void> => {
  const { reply, parts } = bytes;
  const { raw } = reply;
  const sink = new AnswerSink(reply, parts.kept);
  const until = new LimitedSource(source, maxBytes);
  parts.order.keepReading(raw);
  // A killed client sends the same FIN as one that has nothing more to send.
  onceEnded(raw, () => source.end());
  const idle = new IdleLimit(parts.clock, IDLE_MS, sink, () => raw.req.socket.destroy());
  let answer: Answer<void>;
  try {
    answer = await pumpBytes(until, sink);
  } finally {
    idle.stop();
    source.end();
    bytes.connection.close();
  }
  if (isGone(raw)) bytes.leave();
  else if (answer.ok) sink.end(until.bytesReceived, until.eof);
  else if (sink.hasBegun) {
    bytes.problem(answer, contextOf(source.socket));
    sink.cut();
  } else {
    setCallFields(reply, source.record);
    sendProblem(reply, bytes.problem(answer, contextOf(source.socket)));
  }
};
