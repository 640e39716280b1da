import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { test } from 'node:test';
import { Lane } from '../../../src/daemon/calls/lane.js';
import type { Socket } from '../../../src/operations/pump/socket-flow.js';
import { RawBytes } from '../../../src/operations/schemas/raw-bytes.js';
import { build, TOKEN } from '../build.js';

/** As much of a socket as the edge looks at. */
const SOCKET = {
  id: 'sck_1',
  isStream: true,
  lanes: { send: new Lane(), recv: new Lane() },
  session: { id: 'ses_1' },
  providerName: 'lab',
  state: 'connected',
} as unknown as Socket;

test("a body that arrives for longer than Node's limit for a request is not cut while bytes move", async (t) => {
  const { port, calls } = await build(t, {
    timeouts: { headers: 100, request: 200, check: 20 },
    findSocket: () => SOCKET,
    answers: {
      send: ({ data }) => {
        assert.ok(data instanceof RawBytes);
        return { answer: { ok: true, value: { bytesSent: data.len } } };
      },
    },
  });
  const sent = http.request({
    ...{ host: '127.0.0.1', port, method: 'POST', path: '/v1/sockets/sck_1/sendBytes', agent: false },
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/octet-stream' },
  });
  for (let piece = 0; piece < 10; piece++) {
    sent.write('x');
    // The limit runs on the clock of the system.
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  sent.end();
  const [response] = (await once(sent, 'response')) as [http.IncomingMessage];
  let text = '';
  for await (const chunk of response) text += chunk;
  assert.deepEqual([response.statusCode, text], [200, '{"bytesSent":10}']);
  assert.equal(SOCKET.lanes.send.holder, undefined);
  assert.ok(calls.filter(({ name }) => name === 'send').length > 1);
});
