import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import net from 'node:net';
import { type Answer, type Body, checkAnswer } from './client.js';

/** What a client does besides sending its request. */
export interface RawManner {
  /** The bytes that it sends after 100 Continue. */
  readonly afterContinue?: string;
  /** Whether it ends its sending side (FIN) right after the request. */
  readonly ends?: boolean;
}

/**
 * Sends bytes unchanged, and gives the answers until `answers` of them are complete or the daemon closes the
 * connection. For requests that an HTTP library would repair or refuse to send.
 */
export const rawExchange = (
  port: number,
  bytes: string | Buffer,
  answers = 1,
  { afterContinue, ends = false }: RawManner = {},
): Promise<Answer[]> =>
  new Promise((resolve, reject) => {
    const isHead = bytes.toString('latin1').startsWith('HEAD ');
    const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: ends });
    let rest = afterContinue;
    let received = Buffer.alloc(0);
    const finish = (): void => {
      clearTimeout(timer);
      socket.destroy();
      try {
        resolve(parseAnswers(received, isHead));
      } catch (error) {
        reject(error);
      }
    };
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no complete answer in time; received: ${received.toString('latin1')}`));
    }, 10_000);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (rest !== undefined && /^HTTP\/1\.1 100 /.test(received.toString('latin1'))) {
        socket.write(rest);
        rest = undefined;
      }
      if (parseAnswers(received, isHead).length >= answers) finish();
    });
    socket.on('close', finish);
    // The daemon may reset the connection when it refuses a request; the answer before the reset counts.
    socket.on('error', () => undefined);
    if (ends) socket.end(bytes);
    else socket.write(bytes);
  });

/** Sends bytes, and gives the problem document of the answer, which must have the status. */
export const rawProblem = async (port: number, bytes: string | Buffer, status: number): Promise<Body> => {
  const [answer] = await rawExchange(port, bytes);
  assert.ok(answer, 'the daemon closed without an answer');
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  checkAnswer(answer);
  return answer.body;
};

/** @param isHead whether the answers are those of HEAD, which have a Content-Length but no body */
const parseAnswers = (bytes: Buffer, isHead: boolean): Answer[] => {
  const answers: Answer[] = [];
  let rest = bytes;
  for (;;) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) return answers;
    const [statusLine = '', ...lines] = rest.subarray(0, end).toString('latin1').split('\r\n');
    const headers: IncomingHttpHeaders = {};
    for (const line of lines) {
      const colon = line.indexOf(':');
      headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    const [, statusText] = statusLine.split(' ');
    const status = Number(statusText);
    const length = isHead ? 0 : Number(headers['content-length'] ?? 0);
    if (rest.length < end + 4 + length) return answers;
    const text = rest.subarray(end + 4, end + 4 + length).toString();
    rest = rest.subarray(end + 4 + length);
    // 100 Continue comes before the answer.
    if (status === 100) continue;
    const isJson = headers['content-type']?.includes('json') === true;
    answers.push({ status, headers, body: isJson && text !== '' ? JSON.parse(text) : text });
  }
};
