/** The daemon accepts every request that the documents show in one line. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  PROVIDERS,
  startDaemon,
  startSession,
  type TestDaemon,
  type TestSession,
} from '../scenarios/test-daemon.js';
import { PAGES, readDocument } from './markdown.js';

interface Shown {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/** The requests in fenced blocks without a language; an indented line continues the line before. */
const requestsOf = (markdown: string): readonly Shown[] =>
  [...markdown.matchAll(/^```(\w*)\n(.*?)^```$/gms)].flatMap(([, language, text = '']) =>
    language !== ''
      ? []
      : [...text.replaceAll(/\n +/g, ' ').matchAll(/^(GET|POST|PUT) (\/v1\S+)(?: +(.*))?$/gm)].map(
          ([, method = '', path = '', body = '{}']) => ({ method, path, body }),
        ),
  );

const [native = 'lab'] = PROVIDERS;
const requests = PAGES.flatMap((page) => requestsOf(readDocument(page)));

/** Words of requests for datagram sockets; all other requests are for a stream. */
const OF_DATAGRAMS = /MEMBERSHIP|MULTICAST|UDP|IP_RECVTTL|Msg/;

const socketFor = async ({ path, body }: Shown, session: TestSession) => {
  if (OF_DATAGRAMS.test(path + body)) return session.datagram();
  if (!path.endsWith('/sendDisconnect')) return session.stream();
  const [connected] = await session.pair();
  return connected;
};

const sent = ({ get, put, post }: TestDaemon['api'], method: string, path: string, body: object) => {
  if (method === 'GET') return get(path);
  return method === 'PUT' ? put(path, body) : post(path, body);
};

test('the documents show requests', () => {
  assert.ok(requests.length >= 12, `only ${requests.length}`);
  assert.ok(requests.some(({ path }) => path.endsWith('/ioctl')));
});

for (const shown of requests) {
  test(`${shown.method} ${shown.path} ${shown.body}`, async (t) => {
    const policy = {
      connect: { allow: ['127.0.0.1/32 9'] },
      bind: { allow: ['239.0.0.0/8', '127.0.0.1/32 0'] },
    };
    const r = await startDaemon(t, { config: { policy } });
    const session = await startSession(r, /\/lab|\/sendDisconnect/.test(shown.path) ? 'lab' : native);
    const { id: socketId } = await socketFor(shown, session);
    const path = shown.path.replace('{sessionId}', session.id).replace('{socketId}', socketId);
    const body: object = JSON.parse(shown.body);
    const answer = await sent(r.api, shown.method, path, body);
    assert.ok(answer.status < 300, JSON.stringify(answer.body));
  });
}
