import assert from 'node:assert/strict';
import { type Answer, checkAnswer } from '../../http/client.js';
import { rawExchange } from '../../http/raw.js';
import { ALICE, type TestDaemon, type TestSession, type TestSocket } from '../test-daemon.js';

/** One request of a pipeline, as alice. */
export interface Piped {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  /** Absent: the request has no body. */
  readonly body?: object;
}

export const post = ({ id }: TestSocket, operation: string, body: object = {}): Piped => ({
  method: 'POST',
  path: `/v1/sockets/${id}/${operation}`,
  body,
});

/** The same request without a body, which counts as an empty one. */
export const bare = ({ id }: TestSocket, operation: string): Piped => ({
  method: 'POST',
  path: `/v1/sockets/${id}/${operation}`,
});

export const get = ({ id }: TestSocket, what: string): Piped => ({
  method: 'GET',
  path: `/v1/sockets/${id}/${what}`,
});

export const send = (socket: TestSocket, text: string): Piped => post(socket, 'send', { data: { text } });

export const recv = (socket: TestSocket, maxBytes: number): Piped => post(socket, 'recv', { maxBytes });

const bytesOf = (port: number, { method, path, body }: Piped): string => {
  const json = body === undefined ? '' : JSON.stringify(body);
  const entity = `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(json)}\r\n`;
  const head = `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${ALICE}\r\n`;
  return `${head}${json && entity}\r\n${json}`;
};

/**
 * Sends requests in one write on one connection, so that they arrive together; returns the answers, which
 * come in the order of the requests.
 */
export const pipelined = async ({ port }: TestDaemon, requests: readonly Piped[]): Promise<Answer[]> => {
  const bytes = requests.map((one) => bytesOf(port, one)).join('');
  const answers = await rawExchange(port, bytes, requests.length);
  for (const answer of answers) checkAnswer(answer);
  const ids = new Set(answers.map(({ headers }) => headers['x-request-id']));
  assert.equal(ids.size, requests.length, 'every request is answered');
  return answers;
};

/** How a call ended, in one word: what it received, the name of its code or refusal, or `ok`. */
export const endOf = ({ status, body }: Answer): string => {
  if (status < 300) return body.data ? Buffer.from(body.data.base64, 'base64').toString() : 'ok';
  return body.name ?? body.type;
};

/** The indices of the requests in the order in which the journal says that they ended. */
export const endOrder = async (
  { api }: TestDaemon,
  { path }: TestSession,
  answers: readonly Answer[],
): Promise<number[]> => {
  const { entries } = await api.ok.get(`${path}/journal?limit=1000`);
  const sequences: number[] = entries.map(({ sequence }: { sequence: number }) => sequence);
  assert.deepEqual(
    sequences,
    sequences.map((_, i) => i + 1),
    'no gap',
  );
  const ids = answers.map(({ headers }) => headers['x-request-id']);
  const places: number[] = entries.map(({ requestId }: { requestId: string }) => ids.indexOf(requestId));
  return places.filter((place) => place >= 0);
};

/** Checks an order; the calls of an inner list, which one call ended together, may be in any order. */
export type Order = readonly (number | readonly number[])[];

export const assertOrder = (actual: readonly number[], expected: Order): void => {
  let at = 0;
  const grouped = expected.map((one) => {
    if (typeof one === 'number') return actual[at++];
    at += one.length;
    return actual.slice(at - one.length, at).sort((a, b) => a - b);
  });
  assert.deepEqual([...grouped, ...actual.slice(at)], expected, `ended in the order ${actual}`);
};

/** The indices of the requests for which the condition holds. */
export const placesOf = (requests: readonly Piped[], isSo: (one: Piped) => boolean): number[] =>
  requests.flatMap((one, place) => (isSo(one) ? [place] : []));
