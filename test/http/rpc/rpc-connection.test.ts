/** JSON-RPC over a WebSocket: what is a request, and which answer it gets. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { rpcRequest } from '../../scenarios/rpc/rpc-client.js';
import { RpcSocket } from '../../scenarios/rpc/rpc-socket.js';
import { type BuildOptions, type Built, build } from '../build.js';
import type { Body } from '../client.js';

const open = async (t: TestContext, options?: BuildOptions): Promise<Built & { readonly rpc: RpcSocket }> => {
  const built = await build(t, options);
  return { ...built, rpc: await RpcSocket.open(t, built) };
};

const close = (id?: string | number | null, socketId = 'sck_1'): object => ({
  ...rpcRequest('close', { socketId }),
  ...(id !== undefined && { id }),
});

/** Sends messages, and gives what came for them. */
const answersTo = async (rpc: RpcSocket, ...messages: (string | object)[]): Promise<Body[]> => {
  const before = rpc.received.length;
  for (const message of messages) rpc.send(message);
  await rpc.settled();
  return rpc.received.slice(before, -1);
};

/** The errors of responses, with their ids. */
const errorsOf = (answers: readonly Body[]): unknown[] =>
  answers.map(({ id, error }) => [id, error.code, error.data.type]);

/** Dispatch that answers once the test says so. */
const held = () => {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { ended, end: () => end() };
};

test('a text that is no JSON is a parse error', async (t) => {
  const { rpc, logged } = await open(t);
  const wrong = ['', '{', '{"a":1,"a":2}', '[1e999]', 'nothing'];
  const answers = await answersTo(rpc, ...wrong);
  assert.deepEqual(
    errorsOf(answers),
    wrong.map(() => [null, -32700, '/problems/malformed-json']),
  );
  assert.equal(logged.filter((line) => line.includes('malformed-json')).length, wrong.length);
});

test('JSON that is no request', async (t) => {
  const { rpc, calls } = await open(t);
  const cases: [string | object, unknown][] = [
    ['1', null],
    ['null', null],
    ['"text"', null],
    [[], null],
    [Array.from({ length: 101 }, (_, id) => close(id)), null],
    [{ ...close(1), jsonrpc: '1.0' }, 1],
    [{ ...close(1), more: 1 }, 1],
    [{ ...close(1), id: {} }, null],
    [{ ...close(1), id: 1.5 }, null],
    [{ ...close(1), id: 'x'.repeat(129) }, null],
  ];
  const answers = await answersTo(rpc, ...cases.map(([message]) => message));
  assert.deepEqual(
    errorsOf(answers),
    cases.map(([, id]) => [id, -32600, '/problems/invalid-request']),
  );
  assert.equal(calls.length, 0);
});

test('an id that is under way is refused, whatever the method; after the answer it is free', async (t) => {
  const { ended, end } = held();
  const { rpc, calls } = await open(t, {
    answers: {
      close: async () => {
        await ended;
        return {};
      },
    },
  });
  for (const id of ['same', 7]) {
    const first = [
      close(id),
      close(id),
      rpcRequest('rpc.cancel', { id: 'x' }, id),
      rpcRequest('rpc.discover', {}, id),
    ];
    const answers = await answersTo(rpc, ...first);
    assert.deepEqual(
      errorsOf(answers),
      [1, 2, 3].map(() => [id, -32600, '/problems/invalid-request']),
    );
  }
  // A number is not the text with the same characters.
  assert.deepEqual(await answersTo(rpc, close('7')), []);
  assert.equal(calls.length, 3);
  const first = rpc.answerTo('same');
  end();
  assert.deepEqual((await first).result, {});
  assert.deepEqual((await rpc.response('close', { socketId: 'sck_1' }, 'same')).result, {});
});

test('an id may be null any number of times', async (t) => {
  const { ended, end } = held();
  const { rpc } = await open(t, {
    answers: {
      close: async () => {
        await ended;
        return {};
      },
    },
  });
  assert.deepEqual(await answersTo(rpc, close(null), close(null)), []);
  end();
  assert.deepEqual(
    await answersTo(rpc, close(null)),
    Array(3).fill({ jsonrpc: '2.0', id: null, result: {} }),
  );
});

test('notifications get no answer and count as not delivered, whatever becomes of them', async (t) => {
  const { rpc, calls, settled } = await open(t);
  const notifications = [
    close(),
    rpcRequest('close', {}),
    rpcRequest('no such method', {}),
    rpcRequest('rpc.cancel', {}),
    rpcRequest('rpc.unsubscribe', { subscription: 'sub_1' }),
    [close(), close()],
  ];
  assert.deepEqual(await answersTo(rpc, ...notifications), []);
  assert.equal(calls.length, 3);
  assert.deepEqual(settled, [false, false, false]);
});

test('an array is answered as one message, in the order of its requests', async (t) => {
  const { ended, end } = held();
  const { rpc, calls, settled } = await open(t, {
    answers: {
      close: async ({ socketId }) => {
        if (socketId === 'late') await ended;
        return {};
      },
    },
  });
  const array = [
    close(1, 'late'),
    close(),
    5,
    close('b'),
    close(1, 'again'),
    rpcRequest('rpc.cancel', { id: 9 }, 'c'),
  ];
  assert.deepEqual(await answersTo(rpc, array), []);
  const answered = rpc.answerTo(1);
  end();
  const answers: Body = await answered;
  assert.deepEqual(
    answers.map(({ id, result, error }: Body) => [id, result ?? error.code]),
    [
      [1, {}],
      [null, -32600],
      ['b', {}],
      [1, -32600],
      ['c', { cancelled: false }],
    ],
  );
  assert.equal(calls.length, 3);
  // The notification, the two others as they are taken, then both as the array is delivered.
  assert.deepEqual(settled, [false, 'collected', 'collected', true, true]);
});

test('calls of several messages begin in their order and are answered as they end', async (t) => {
  const { ended, end } = held();
  const { rpc, calls } = await open(t, {
    answers: {
      close: async ({ socketId }) => {
        if (socketId === 'late') await ended;
        return {};
      },
    },
  });
  const answers = await answersTo(rpc, close(1, 'late'), close(2, 'a'), close(3, 'b'));
  assert.deepEqual(
    answers.map(({ id }) => id),
    [2, 3],
  );
  assert.deepEqual(
    calls.map(({ params }) => params.socketId),
    ['late', 'a', 'b'],
  );
  const late = rpc.answerTo(1);
  end();
  await late;
});

test('rpc.discover describes the methods, and other methods of rpc. are unknown', async (t) => {
  const { rpc } = await open(t);
  const { openrpc, methods } = await rpc.ok('rpc.discover');
  assert.match(openrpc, /^1\./);
  const names: string[] = methods.map(({ name }: Body) => name);
  assert.ok(names.includes('close') && names.includes('batch'));
  for (const name of ['rpc.other', 'rpc.', 'constructor', '__proto__', '']) {
    assert.equal((await rpc.error(name)).code, -32601);
  }
});

test('a bug is an error of its own call', async (t) => {
  const { rpc, logged } = await open(t, {
    answers: {
      close: () => {
        throw new Error('a bug of the test');
      },
    },
  });
  assert.equal((await rpc.error('close', { socketId: 'sck_1' })).code, -32603);
  assert.equal(logged.filter((line) => line.includes('a bug of the test')).length, 1);
  await rpc.settled();
});

test('each request has an id of its own, which begins with that of the WebSocket', async (t) => {
  const requestIds: string[] = [];
  const { rpc } = await open(t, { onCall: ({ requestId }) => requestIds.push(requestId) });
  await answersTo(rpc, close(1), [close(2), close(3)]);
  const [first = ''] = requestIds;
  const opening = first.slice(0, first.indexOf('.'));
  assert.match(opening, /^req-/);
  assert.deepEqual(requestIds, [`${opening}.1`, `${opening}.2.1`, `${opening}.2.2`]);
});

test('what is held for the owner is released, whatever happens', async (t) => {
  const { ByteAccounts } = await import('../../../src/daemon/memory/byte-account.js');
  const bytes = new ByteAccounts({ bytesPerOwner: 1 << 24, bytesTotal: 1 << 24 });
  const { ended, end } = held();
  const { rpc } = await open(t, {
    bytes,
    answers: {
      close: async () => {
        await ended;
        return {};
      },
    },
  });
  const long = { ...close('long'), params: { socketId: 'x'.repeat(100_000) } };
  assert.deepEqual(await answersTo(rpc, long, [long, close('b')], { ...long, id: undefined }), []);
  assert.ok(bytes.used > 200_000, `${bytes.used}`);
  const last = rpc.answerTo('long');
  end();
  await last;
  await rpc.settled();
  assert.equal(bytes.used, 0);
});
