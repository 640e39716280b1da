import assert from 'node:assert/strict';
import http from 'node:http';
import https from 'node:https';
import { problemKindOf } from '../../src/http/problems/problem-pages.js';
import { aliasRoutesOf, restRouteOf, successStatusOf } from '../../src/http/rest/rest-route.js';
import { resultErrors } from '../../src/operations/dispatch/validation.js';
import type { AnyOperation } from '../../src/operations/operation.js';

/** An answer that checkAnswer has checked. */
export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** The parsed JSON, or the text of anything else. */
  readonly body: Body;
}

/** JSON whose members a test reads without checking its shape first. */
// biome-ignore lint/suspicious/noExplicitAny: the tests assert on the members that they read
export type Body = any;

export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends the connection when it is aborted. */
  readonly signal?: AbortSignal;
}

type Send<T> = {
  get(path: string, options?: RequestOptions): Promise<T>;
  delete(path: string, options?: RequestOptions): Promise<T>;
  post(path: string, body?: unknown, options?: RequestOptions): Promise<T>;
  put(path: string, body?: unknown, options?: RequestOptions): Promise<T>;
};

/**
 * The client of all HTTP tests. `ok` expects 2xx and gives the body, `problem` expects a problem and gives
 * its document.
 */
export interface TestClient extends Send<Answer> {
  readonly ok: Send<Body>;
  readonly problem: Send<Body>;
  /** A client of the same daemon with another token, or without one. */
  as(token: string | undefined): TestClient;
}

export interface ClientOptions {
  /** The operations whose result schemas every 2xx body is checked against. */
  readonly operations?: readonly AnyOperation[];
  /** The certificate to trust. */
  readonly ca?: string;
  /** The agent whose connections are used; without it each request has its own connection. */
  readonly agent?: http.Agent;
}

/**
 * A client that checks every answer: everything that is not 2xx is a valid problem document, and every result
 * fits its schema. It uses node:http, since the global fetch does not work everywhere the tests run.
 */
export const client = (baseUrl: string, token?: string, options: ClientOptions = {}): TestClient => {
  const resultCheck = resultChecker(options.operations ?? []);
  const send = async (
    method: string,
    path: string,
    body: unknown,
    { headers = {}, signal }: RequestOptions = {},
  ): Promise<Answer> => {
    const answer = await request(new URL(`${baseUrl}${path}`), {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body:
        body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
      signal,
      options,
    });
    checkAnswer(answer, headers.origin);
    if (answer.status < 300) resultCheck(method, path, answer);
    return answer;
  };
  const methods = <T>(pick: (answer: Answer, what: string) => T): Send<T> => {
    const run = async (method: string, path: string, body: unknown, more?: RequestOptions): Promise<T> =>
      pick(await send(method, path, body, more), `${method} ${path}`);
    return {
      get: (path, more) => run('GET', path, undefined, more),
      delete: (path, more) => run('DELETE', path, undefined, more),
      post: (path, body, more) => run('POST', path, body, more),
      put: (path, body, more) => run('PUT', path, body, more),
    };
  };
  return {
    ...methods((answer) => answer),
    ok: methods(({ status, body }, what) => {
      assert.ok(status < 300, `${what} gave ${status}: ${JSON.stringify(body)}`);
      return body;
    }),
    problem: methods(({ status, body }, what) => {
      assert.ok(status >= 400, `${what} gave ${status}, expected a problem: ${JSON.stringify(body)}`);
      return body;
    }),
    as: (other) => client(baseUrl, other, options),
  };
};

interface Outgoing {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | undefined;
  readonly signal: AbortSignal | undefined;
  readonly options: ClientOptions;
}

const request = (url: URL, { method, headers, body, signal, options }: Outgoing): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const settings = {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
        ...headers,
      },
      ...(options.agent === undefined ? { agent: false } : { agent: options.agent }),
      ...(options.ca === undefined ? {} : { ca: options.ca }),
      ...(signal === undefined ? {} : { signal }),
    };
    const outgoing = (url.protocol === 'https:' ? https : http).request(url, settings, (incoming) => {
      // An event stream has no end, so a test that expects another answer would wait forever.
      if (/^text\/event-stream\b/.test(incoming.headers['content-type'] ?? '')) {
        reject(new assert.AssertionError({ message: `${method} ${url.pathname} opened an event stream` }));
        outgoing.destroy();
        return;
      }
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const { statusCode: status = 0, headers: answered } = incoming;
        try {
          resolve({ status, headers: answered, body: parse(answered['content-type'], text) });
        } catch (error) {
          reject(error);
        }
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });

const parse = (type: string | undefined, text: string): Body =>
  /^application\/(?:problem\+)?json\b/.test(type ?? '') ? JSON.parse(text) : text;

/**
 * Asserts what every answer has: request id, timing, security header fields; unless 2xx, a problem document.
 */
export const checkAnswer = ({ status, headers, body }: Answer, origin?: string): void => {
  const requestId = headers['x-request-id'];
  assert.match(String(requestId), /^req-[0-9a-z]+$/, 'X-Request-Id');
  assert.match(
    String(headers['server-timing']),
    /^native;dur=[\d.]+, wait;dur=[\d.]+(?:, late;dur=[\d.]+)?$/,
    'Server-Timing',
  );
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
  assert.match(String(headers['content-security-policy']), /default-src 'none'/);
  const readableBy = headers['access-control-allow-origin'];
  assert.ok(readableBy === undefined || readableBy === origin, `readable by ${readableBy}`);
  assert.equal(headers['access-control-allow-credentials'], undefined);
  assert.equal(headers['access-control-allow-private-network'], undefined);
  if (status >= 200 && status < 400) return;
  assert.match(
    String(headers['content-type']),
    /^application\/problem\+json/,
    `${status} without a problem document`,
  );
  assert.equal(body.status, status, 'the status member is the real status');
  const name = /^\/problems\/(.+)$/.exec(body.type)?.[1] ?? '';
  const kind = problemKindOf(name);
  assert.ok(kind, `unknown problem type ${body.type}`);
  assert.equal(body.title, kind.title);
  if (kind.code !== undefined) {
    assert.equal(body.code, kind.code);
    assert.equal(body.name, name);
  }
  assert.equal(typeof body.detail, 'string');
  // A stored answer keeps the id of the request that was answered first.
  if (headers['winsockd-replayed'] === undefined) {
    assert.equal(body.instance, `urn:winsockd:request:${requestId}`);
  }
  assert.equal(typeof body.retryable, 'boolean');
};

/** Checks the 2xx answers of operations: the status is documented, and the body fits the result schema. */
const resultChecker = (
  operations: readonly AnyOperation[],
): ((method: string, path: string, answer: Answer) => void) => {
  const routes = operations.flatMap((op) =>
    [restRouteOf(op), ...aliasRoutesOf(op)].map(({ method, path }) => ({
      op,
      method,
      pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`),
    })),
  );
  return (method, path, { status, body }) => {
    const pathname = path.split('?', 1)[0] ?? '';
    const { op } = routes.find((one) => one.method === method && one.pattern.test(pathname)) ?? {};
    if (op === undefined) return;
    assert.equal(status, successStatusOf(op), `${op.name} does not document ${status}`);
    assert.deepEqual(resultErrors(op)(body), [], `${op.name} result ${JSON.stringify(body)}`);
  };
};
