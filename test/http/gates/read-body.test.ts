import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import test, { type TestContext } from 'node:test';
import { DEFAULT_LIMITS } from '../../default-limits.js';
import { until } from '../../scenarios/test-daemon.js';
import { build, TOKEN } from '../build.js';

/** A server whose large bodies wait until the test runs a step. */
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
  [
    `POST /v1/sockets/sck_${id}/sendDisconnect HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    `Authorization: Bearer ${TOKEN}`,
    'Content-Type: application/json',
    length,
    '\r\n',
  ].join('\r\n');

const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

test('a small body is read at once', async (t) => {
  const { port, socket, steps, calls } = await setup(t);
  socket.write(`${head(port, 1, 'Content-Length: 2')}{}`);
  await until(() => calls.length === 1, 'the call is made');
  assert.deepEqual(steps, []);
});

test('a body whose declared length exceeds the limit of its route is refused at once', async (t) => {
  const { port, socket, steps, calls } = await setup(t);
  socket.write(head(port, 1, `Content-Length: ${DEFAULT_LIMITS.callBodyBytes + 1}`));
  const [answer] = await once(socket, 'data');
  assert.match(String(answer), /^HTTP\/1\.1 413 /);
  assert.deepEqual([steps, calls], [[], []]);
});

for (const [how, length, [begin, rest]] of [
  ['with a length', `Content-Length: ${LARGE.length}`, [LARGE.slice(0, 4000), LARGE.slice(4000)]],
  [
    'in chunks',
    'Transfer-Encoding: chunked',
    [chunk(LARGE.slice(0, 4000)), `${chunk(LARGE.slice(4000))}0\r\n\r\n`],
  ],
] as const) {
  test(`a large body ${how} is read in its turn, and requests behind it begin later`, async (t) => {
    const { port, socket, steps, calls } = await setup(t);
    socket.write(`${head(port, 1, length)}${begin}${rest}${head(port, 2, 'Content-Length: 2')}{}`);
    await until(() => steps.length === 1, 'the body waits');
    const [first] = steps;
    assert.deepEqual([first?.owner, first?.size], ['alice', how === 'in chunks' ? 16 : LARGE.length / 1024]);
    assert.equal(calls.length, 0);
    for (let i = 0; i < 20; i++) await new Promise(setImmediate);
    assert.equal(calls.length, 0);
    first?.step();
    await until(() => calls.length === 2, 'both calls are made');
    assert.deepEqual(
      calls.map(({ params }) => params.socketId),
      ['sck_1', 'sck_2'],
    );
  });

  test(`the rest of a large body ${how} that arrives later also waits for its turn`, async (t) => {
    const { port, socket, steps, calls } = await setup(t);
    socket.write(`${head(port, 1, length)}${begin}`);
    let ran = 0;
    const runNext = async (): Promise<void> => {
      await until(() => steps.length > ran, 'a step waits');
      steps[ran++]?.step();
    };
    await runNext();
    // Each chunk may be the last one, so that it needs a step.
    if (how === 'in chunks') await runNext();
    socket.write(`${rest}${head(port, 2, 'Content-Length: 2')}{}`);
    await until(() => steps.length > ran, 'the rest waits');
    for (let i = 0; i < 20; i++) await new Promise(setImmediate);
    assert.equal(calls.length, 0);
    await runNext();
    await until(() => calls.length === 2, 'both calls are made');
    assert.deepEqual(
      calls.map(({ params }) => params.socketId),
      ['sck_1', 'sck_2'],
    );
  });
}

test('the call of a client that disconnects while its body waits is not made', async (t) => {
  const { app, port, socket, steps, calls } = await setup(t);
  socket.write(`${head(port, 1, `Content-Length: ${LARGE.length}`)}${LARGE}`);
  await until(() => steps.length === 1, 'the body waits');
  const connections = new Promise((resolve) => app.server.getConnections((_error, count) => resolve(count)));
  assert.equal(await connections, 1);
  socket.resetAndDestroy();
  let left = 1;
  await until(() => {
    app.server.getConnections((_error, count) => {
      left = count;
    });
    return left === 0;
  }, 'the connection is closed');
  const [step] = steps;
  step?.step();
  for (let i = 0; i < 20; i++) await new Promise(setImmediate);
  assert.equal(calls.length, 0);
});
