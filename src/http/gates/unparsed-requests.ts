import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionError } from 'fastify';
import { type Refusal, refuse } from '../../daemon/answers/refusals.js';
import { answerFields, NO_TIMING, PROBLEM_TYPE } from '../headers.js';
import { type Problem, problemOf } from '../problems/problem.js';
import type { AnswersUnderWay } from './answers-under-way.js';
import type { FieldsForOrigin } from './cross-origin.js';
import { NOT_CHUNKED, OTHER_VERSION } from './protocol-gate.js';
import type { RefusalLog } from './refusal-log.js';
import type { RequestOrder } from './request-order.js';
import { MAX_TARGET, originForm } from './request-target-gate.js';

/** The system accepts so many bytes at once from a connection with nothing else to write. */
const SHORT_ANSWER = 16 * 1024;

/**
 * Fastify's clientErrorHandler: answers what does not become a request (bytes that are not HTTP, over-long
 * headers, requests that do not arrive in time) and closes the connection. The Origin is not known, so no
 * page can read the answer.
 */
export const clientErrorHandler =
  (nextRequestId: () => string, refusals: RefusalLog, answers: AnswersUnderWay, order: RequestOrder) =>
  (error: ConnectionError, socket: Socket): void => {
    // The rest of the request may have arrived: the connection is paused by the daemon itself. A long body
    // has a limit of its own.
    const isTimeout = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
    if (isTimeout && (order.isPaused(socket) || order.hasLongBody(socket))) return;
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    // Bytes behind a request with Connection: close are ignored: its answer ends the connection.
    if (error.code === 'HPE_CLOSED_CONNECTION' && answers.owed(socket).length > 0) return;
    if (answers.hasBegun(socket)) {
      endBehindBegun(socket);
      return;
    }
    const requestId = nextRequestId();
    const problem = problemOf(refusalOf(error), { requestId });
    refusals.note(problem);
    writeProblem(socket, problem, requestId);
  };

/** Answers Expect and CONNECT with a problem document, in place of Node's own answers. */
export const answerRemainingEvents = (
  server: Server,
  nextRequestId: () => string,
  refusals: RefusalLog,
  answers: AnswersUnderWay,
  order: RequestOrder,
  fieldsFor: FieldsForOrigin,
): void => {
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    order.enter(response, () => {
      const requestId = nextRequestId();
      const problem = problemOf(OTHER_EXPECTATION, { requestId });
      refusals.note(problem, { method: request.method, url: originForm(request.url ?? '') });
      const { body, headers } = closingAnswer(problem, requestId);
      response.writeHead(problem.status, { ...headers, ...fieldsFor(request.headers.origin) }).end(body);
    });
  });
  server.on('connect', ({ method, socket }: IncomingMessage) => {
    // Node has removed its own listener. Without one, a client that resets the connection ends the process.
    socket.on('error', () => undefined);
    if (answers.hasBegun(socket)) {
      endBehindBegun(socket);
      return;
    }
    const refusal = refuse('method-not-allowed', 'This daemon is no proxy: CONNECT is not served.');
    const requestId = nextRequestId();
    const problem = problemOf(refusal, { requestId });
    refusals.note(problem, { method });
    const headers = { ...problem.headers, allow: 'GET, POST, PUT, DELETE' };
    writeProblem(socket, { ...problem, headers }, requestId);
  });
};

const OTHER_EXPECTATION = refuse('expectation-failed', 'Only the expectation 100-continue is met.');

const NO_REQUEST = refuse('bad-request', 'The bytes received are not a valid HTTP/1.1 request.');

/** A complete request line with another HTTP version. */
const OF_OTHER_VERSION = /^[A-Z]+ [^ ]+ HTTP\/(?!1\.[01]$)\d\.\d$/;

const refusalOf = (error: ConnectionError): Refusal => {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return targetIsTooLong(error.rawPacket)
        ? refuse('uri-too-long', 'The request line is longer than this daemon takes.')
        : refuse('header-too-large', 'The header fields are larger than this daemon takes.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return refuse('request-timeout', 'The request did not arrive completely in time.');
    case 'HPE_INVALID_VERSION':
      return OF_OTHER_VERSION.test(firstLine(error.rawPacket)) ? OTHER_VERSION : NO_REQUEST;
    case 'HPE_PAUSED_H2_UPGRADE':
      return OTHER_VERSION;
    case 'HPE_INVALID_TRANSFER_ENCODING':
      return NOT_CHUNKED;
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return refuse('too-large', 'The chunk extensions are larger than this daemon takes.');
    default:
      return NO_REQUEST;
  }
};

/** The parser limits request line and fields together; a first line that does not end means a long target. */
const targetIsTooLong = (packet: unknown): boolean => {
  const text = textOf(packet);
  const line = firstLine(packet);
  if (/^[A-Z]+ /.test(line)) return line.length > MAX_TARGET;
  // A chunk from the middle of the header is still the target if it has neither the end of a line nor a
  // field.
  return line.length === text.length && text !== '' && !/:\s/.test(text);
};

const textOf = (packet: unknown): string => (Buffer.isBuffer(packet) ? packet.toString('latin1') : '');

const firstLine = (packet: unknown): string => textOf(packet).split(/\r?\n/, 1)[0] ?? '';

/**
 * Ends a connection on which an answer has begun: a problem document cannot follow a part of it. A short answer,
 * such as a gate's refusal of the request whose rest is the error, is written first.
 */
const endBehindBegun = (socket: Socket): void => {
  if (socket.writableLength > SHORT_ANSWER) socket.destroy();
  else socket.destroySoon();
};

/** A complete answer, after which the connection closes. */
const closingAnswer = (problem: Problem, requestId: string) => {
  const body = JSON.stringify(problem.document);
  const headers: Record<string, string> = {
    ...answerFields(requestId, NO_TIMING),
    ...problem.headers,
    'content-type': PROBLEM_TYPE,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  };
  return { body, headers };
};

const writeProblem = (socket: Socket, problem: Problem, requestId: string): void => {
  const { body, headers } = closingAnswer(problem, requestId);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}\r\n${lines.join('')}\r\n${body}`,
  );
  // What the client still sends is read and discarded: a reset could overtake the answer.
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), 1000);
  timer.unref();
  socket.once('close', () => clearTimeout(timer));
};
