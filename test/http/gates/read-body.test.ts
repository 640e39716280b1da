import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import test, { type TestContext } from 'node:test';
import { DEFAULT_LIMITS } from '../../default-limits.js';
import { until } from '../../scenarios/test-daemon.js';
import { build, TOKEN } from '../build.js';

/** A server whose large bodies wait until the test makes a step. */
const setup = async (t: TestContext) => {
  const steps: { readonly owner: string; readonly step: () => void; readonly size: number }[] = [];
  const turns = {
    run: (owner: string, step: () => void, size: number) => void steps.push({ owner, step, size }),
  };
  const built = await build(t, { turns });
  const socket = net.connect(built.port, '127.0.0.1');
  t.after(() => socket.destroy());
  return { ...built, socket, steps };
};

const LARGE = JSON.stringify({ disconnectData: { text: 'x'.repeat(8000) } });

const head = (port: number, id: number, length: string): string =>
  `POST /v1/sockets/sck_${id}/sendDisconnect HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\n${length}\r\n\r\n`;

const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

test('a small body is read at once', async (t) => {
  const { port, socket, steps, calls } = await setup(t);
  socket.write(`${head(port, 1, 'Content-Length: 2')}{}`);
  await until(() => calls.length === 1, 'the call');
  assert.deepEqual(steps, []);
});

test('a body that is declared larger than its route takes is refused at once', async (t) => {
  const { port, socket, steps, calls } = await setup(t);
  socket.write(head(port, 1, `Content-Length: ${DEFAULT_LIMITS.callBodyBytes + 1}`));
  const [answer] = await once(socket, 'data');
  assert.match(String(answer), /^HTTP\/1\.1 413 /);
  assert.deepEqual([steps, calls], [[], []]);
});

for (const [how, length, body] of [
  ['of a length', `Content-Length: ${LARGE.length}`, [LARGE.slice(0, 4000), LARGE.slice(4000)]],
  [
    'in chunks',
    'Transfer-Encoding: chunked',
    [chunk(LARGE.slice(0, 4000)), `${chunk(LARGE.slice(4000))}0\r\n\r\n`],
  ],
] as const) {
  test(`a large body ${how} is read when it is its turn, and no request behind it begins before`, async (t) => {
    const { port, socket, steps, calls } = await setup(t);
    socket.write(`${head(port, 1, length)}${body.join('')}${head(port, 2, 'Content-Length: 2')}{}`);
    await until(() => steps.length === 1, 'it waits');
    assert.deepEqual(
      [steps[0]?.owner, steps[0]?.size],
      ['alice', how === 'in chunks' ? 16 : LARGE.length / 1024],
    );
    assert.equal(calls.length, 0);
    for (let i = 0; i < 20; i++) await new Promise(setImmediate);
    assert.equal(calls.length, 0);
    steps[0]?.step();
    await until(() => calls.length === 2, 'both calls');
    assert.deepEqual(
      calls.map(({ params }) => params.socketId),
      ['sck_1', 'sck_2'],
    );
  });

  test(`the rest of a large body ${how}, come later, waits for its turn, too`, async (t) => {
    const { port, socket, steps, calls } = await setup(t);
    socket.write(`${head(port, 1, length)}${body[0]}`);
    let made = 0;
    const next = async (): Promise<void> => {
      await until(() => steps.length > made, 'a step');
      steps[made++]?.step();
    };
    await next();
    // In chunks each part may be the last.
    if (how === 'in chunks') await next();
    socket.write(`${body[1]}${head(port, 2, 'Content-Length: 2')}{}`);
    await until(() => steps.length > made, 'the rest waits');
    for (let i = 0; i < 20; i++) await new Promise(setImmediate);
    assert.equal(calls.length, 0);
    await next();
    await until(() => calls.length === 2, 'both calls');
    assert.deepEqual(
      calls.map(({ params }) => params.socketId),
      ['sck_1', 'sck_2'],
    );
  });
}

test('a client that goes while its body waits leaves nothing', async (t) => {
  const { app, port, socket, steps, calls } = await setup(t);
  socket.write(`${head(port, 1, `Content-Length: ${LARGE.length}`)}${LARGE}`);
  await until(() => steps.length === 1, 'it waits');
  const gone = new Promise((resolve) => app.server.getConnections((_error, count) => resolve(count)));
  assert.equal(await gone, 1);
  socket.resetAndDestroy();
  let left = 1;
  await until(() => {
    app.server.getConnections((_error, count) => {
      left = count;
    });
    return left === 0;
  }, 'it has gone');
  steps[0]?.step();
  for (let i = 0; i < 20; i++) await new Promise(setImmediate);
  assert.equal(calls.length, 0);
});
