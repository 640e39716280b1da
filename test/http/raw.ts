import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import net from 'node:net';
import { type Answer, type Body, checkAnswer } from './client.js';

/** How a client behaves beside what it sends. */
export interface RawManner {
  /** What it sends once the daemon has said 100 Continue. */
  readonly afterContinue?: string;
  /** It ends its sending side right behind the request (FIN). */
  readonly ends?: boolean;
}

/**
 * Sends bytes as they are and gives what came back until the daemon closed, or until `answers` answers were
 * complete. For everything that an HTTP library would repair or refuse to send.
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
    // A reset after the answer is the daemon's right when it refuses what is sent; what came before counts.
    socket.on('error', () => undefined);
    if (ends) socket.end(bytes);
    else socket.write(bytes);
  });

/** One exchange that must end in exactly one problem of that status. */
export const rawProblem = async (port: number, bytes: string | Buffer, status: number): Promise<Body> => {
  const [answer] = await rawExchange(port, bytes);
  assert.ok(answer, 'the daemon closed without an answer');
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  checkAnswer(answer);
  return answer.body;
};

/** @param isHead the answers are those of HEAD: their Content-Length is of no body */
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
    const status = Number(statusLine.split(' ')[1]);
    const length = isHead ? 0 : Number(headers['content-length'] ?? 0);
    if (rest.length < end + 4 + length) return answers;
    const text = rest.subarray(end + 4, end + 4 + length).toString();
    rest = rest.subarray(end + 4 + length);
    // 100 Continue announces the answer; it is none.
    if (status === 100) continue;
    const isJson = headers['content-type']?.includes('json') === true;
    answers.push({ status, headers, body: isJson && text !== '' ? JSON.parse(text) : text });
  }
};
