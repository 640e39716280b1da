/** A client of sendBytes and recvBytes that sees bytes, fields and trailers as they are. */
import { once } from 'node:events';
import http from 'node:http';
import { ALICE, type TestDaemon, type TestSocket } from '../test-daemon.js';

/** An answer that has ended, whole or not. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly trailers: NodeJS.Dict<string>;
  readonly bytes: Buffer;
  /** Whether the body has ended as HTTP says; else the connection was cut. */
  readonly isWhole: boolean;
}

/** Begins a request for the bytes of a socket. Its body is written and ended by the test. */
export const request = (
  daemon: Pick<TestDaemon, 'port'>,
  socket: Pick<TestSocket, 'id'>,
  what: string,
  { headers = {}, agent }: { headers?: http.OutgoingHttpHeaders; agent?: http.Agent } = {},
): http.ClientRequest => {
  const sent = http.request({
    host: '127.0.0.1',
    port: daemon.port,
    method: 'POST',
    path: `/v1/sockets/${socket.id}/${what}`,
    agent: agent ?? false,
    headers: {
      authorization: `Bearer ${ALICE}`,
      ...(what.startsWith('send') && { 'content-type': 'application/octet-stream' }),
      ...headers,
    },
  });
  // A test that cuts its own connection, or whose connection is cut, looks at the answer.
  sent.on('error', () => {});
  return sent;
};

/** The answer of a request, read to its end. */
export const answerOf = async (sent: http.ClientRequest): Promise<RawAnswer> => {
  const [response] = (await once(sent, 'response')) as [http.IncomingMessage];
  return bodyOf(response);
};

/** The rest of an answer. */
export const bodyOf = async (response: http.IncomingMessage): Promise<RawAnswer> => {
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => {});
  // Not `once`: it rejects for the error of a connection that was cut.
  if (!response.closed) await new Promise((resolve) => response.once('close', resolve));
  const { statusCode: status = 0, headers, trailers, complete: isWhole } = response;
  return { status, headers, trailers, bytes: Buffer.concat(chunks), isWhole };
};

/** Sends a whole body. */
export const sendBytes = (
  daemon: Pick<TestDaemon, 'port'>,
  socket: Pick<TestSocket, 'id'>,
  body: Buffer | string,
  query = '',
  options: Parameters<typeof request>[3] = {},
): Promise<RawAnswer> => {
  const sent = request(daemon, socket, `sendBytes${query}`, options);
  sent.end(body);
  return answerOf(sent);
};

export const recvBytes = (
  daemon: Pick<TestDaemon, 'port'>,
  socket: Pick<TestSocket, 'id'>,
  query = '',
  options: Parameters<typeof request>[3] = {},
): Promise<RawAnswer> => {
  const sent = request(daemon, socket, `recvBytes${query}`, options);
  sent.end();
  return answerOf(sent);
};

// biome-ignore lint/suspicious/noExplicitAny: the tests assert on the members that they read
export const jsonOf = ({ bytes }: RawAnswer): any => JSON.parse(bytes.toString());

/** Bytes that differ from place to place. */
export const pattern = (length: number): Buffer => {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 7 + (i >> 8)) & 0xff;
  return bytes;
};
