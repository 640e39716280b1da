import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Answer } from '../../daemon/answers/answer.js';
import { refuse } from '../../daemon/answers/refusals.js';
import { pumpBytes } from '../../operations/pump/pump.js';
import { SocketSink } from '../../operations/pump/socket-flow.js';
import { answerEarly } from '../gates/refuse-early.js';
import { deliverAs, isGone, NO_CALL, RestClient, setCallFields, writeJson } from '../rest/delivery.js';
import { BodySource } from './body-source.js';
import { IDLE_MS, SEND_BYTES } from './bytes-definitions.js';
import { IdleLimit } from './idle-limit.js';
import { type BytesParts, BytesRequest, bytesParameters, contextOf } from './raw-bytes.js';

const CLIENT_GONE = refuse('bad-request', 'The client has closed its connection.');

const CLIENT_IDLE = refuse('request-timeout', 'No byte of the body has come for a minute.');

/** Makes the handler of sendBytes. */
export const sendBytes = (parts: BytesParts) => {
  const parametersOf = bytesParameters(SEND_BYTES);
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const bytes = new BytesRequest(SEND_BYTES, reply, parts);
    const params = parametersOf(request);
    const socket = params.ok
      ? await bytes.stream(params.value.socketId, new RestClient(reply.raw, false, parts.order))
      : params;
    if (!params.ok || !socket.ok) {
      answerEarly(request, reply, bytes.problem(socket.ok ? CLIENT_GONE : socket));
      return;
    }
    const sink = new SocketSink(socket.value, bytes.flowParts(params.value));
    const inUse = sink.hold();
    if (inUse) answerEarly(request, reply, bytes.problem(inUse, contextOf(socket.value)));
    else await sendBody(bytes, sink);
  };
};

/** Sends the body to its end, and answers. */
const sendBody = async (bytes: BytesRequest, sink: SocketSink): Promise<void> => {
  const { reply, request, parts } = bytes;
  const { raw } = reply;
  const { order, kept, clock } = parts;
  order.takesLong(raw);
  const body = new BodySource(request.raw, kept.of(request.owner).account);
  const leave = (): void => {
    body.stop(CLIENT_GONE);
    sink.end();
  };
  raw.once('close', leave);
  // While the body arrives, the connection is read as fast as the socket takes the bytes.
  request.raw.once('end', () => order.keepReading(raw));
  const { socket } = request.raw;
  const idle = new IdleLimit(
    clock,
    IDLE_MS,
    { isAwaited: () => body.isAwaited, moved: () => socket.bytesRead },
    () => body.stop(CLIENT_IDLE),
  );
  let bytesSent = 0;
  sink.onSent = (count) => {
    bytesSent += count;
  };
  let answer: Answer<unknown>;
  try {
    answer = await pumpBytes(body, sink);
    // Even a body without bytes is judged by a call.
    if (answer.ok && bytesSent === 0) answer = await sink.write(Buffer.alloc(0));
  } finally {
    raw.off('close', leave);
    idle.stop();
    body.stop(CLIENT_GONE);
    sink.end();
    bytes.connection.close();
  }
  answerSent(bytes, sink, answer, bytesSent);
};

const answerSent = (
  bytes: BytesRequest,
  sink: SocketSink,
  answer: Answer<unknown>,
  bytesSent: number,
): void => {
  const { reply, request, parts } = bytes;
  if (isGone(reply.raw)) bytes.leave();
  else if (answer.ok) {
    const result = { ...NO_CALL, ...sink.record };
    deliverAs(writeJson, reply, undefined, result, JSON.stringify({ bytesSent }), parts.kept);
  } else {
    setCallFields(reply, sink.record);
    answerEarly(request, reply, bytes.problem(answer, contextOf(sink.socket), { bytesSent }));
  }
};
