import assert from 'node:assert/strict';
import test from 'node:test';
import { ByteAccounts } from '../../../src/daemon/memory/byte-account.js';
import { MOST_RUNS, MOST_STEPS } from '../../../src/http/batch/batch-definition.js';
import { ANSWER_BYTES } from '../../../src/http/rest/collected-answer.js';
import { fail } from '../../../src/winsock/outcome.js';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import { DEFAULT_LIMITS } from '../../default-limits.js';
import { until } from '../../scenarios/test-daemon.js';
import { build, type FakeAnswer } from '../build.js';
import type { Body } from '../client.js';

const PATH = '/v1/batch';
const close = (socketId: unknown, more: object = {}) => ({
  operation: 'close',
  params: { socketId },
  ...more,
});

const value = (result: object): ReturnType<FakeAnswer> => ({ answer: { ok: true, value: result } });
const reference = (pointer: string) => ({ $result: pointer });

const outcomes = ({ outcome, steps }: Body): unknown => [outcome, ...steps.map((one: Body) => one.outcome)];

/** Documents that are refused, and the pointers of their errors. */
// biome-ignore format: one document a line
const REFUSED: readonly [unknown, readonly string[]][] = [
  [{}, ['/steps']],
  [undefined, ['/steps']],
  [{ steps: [] }, ['/steps']],
  [{ steps: [close('sck_1')], notBefore: '9999-01-01T00:00:00.000Z' }, ['/notBefore']],
  [{ steps: [close('sck_1', { expectErrors: 'WSAENOTCONN' })] }, ['/steps/0/expectErrors']],
  [{ steps: Array.from({ length: MOST_STEPS + 1 }, () => close('sck_1')) }, ['/steps']],
  [{ steps: [close('sck_1', { repeat: MOST_RUNS }), close('sck_1')] }, ['/steps']],
  [{ steps: [close('sck_1', { repeat: 0 })] }, ['/steps/0/repeat']],
  [{ steps: [close('sck_1')], timeoutMs: 250_001 }, ['/timeoutMs']],
  [{ steps: [close('sck_1')], onError: 'ignore' }, ['/onError']],
  [{ steps: [{ operation: 'batch' }, { operation: 'drain' }, { operation: 'constructor' }] }, ['/steps/0/operation', '/steps/1/operation', '/steps/2/operation']],
  [{ steps: [close('sck_1', { id: 'a' }), close('sck_1', { id: 'a' })] }, ['/steps/1/id']],
  [{ steps: [close('sck_1', { id: 'a/b' })] }, ['/steps/0/id']],
  [{ steps: [close('sck_1', { expectError: 'WSAENOTHING' })] }, ['/steps/0/expectError']],
  [{ steps: [close('sck_1', { expectError: 'quota', expect: { '/a': 1 } })] }, ['/steps/0/expect']],
  [{ steps: [close('sck_1', { expect: { a: 1 } })] }, ['/steps/0/expect/a']],
  [{ steps: [close(reference('/a/id'), { id: 'a' })] }, ['/steps/0/params/socketId']],
  [{ steps: [close(reference('/b/id')), close('sck_1', { id: 'b' })] }, ['/steps/0/params/socketId']],
  [{ steps: [close('sck_1', { id: 'a' }), close(reference('a/id')), close({ $result: 5 }), close({ $result: '/a', more: 1 })] }, ['/steps/1/params/socketId', '/steps/2/params/socketId', '/steps/3/params/socketId']],
  [{ steps: [close('sck_1', { id: 'a' }), { operation: 'close', params: reference('/a') }] }, ['/steps/1/params']],
];

for (const [document, pointers] of REFUSED) {
  test(`refused before any step runs: ${JSON.stringify(document)?.slice(0, 100)}`, async (t) => {
    const { api, calls } = await build(t);
    const { status, body } = await api.post(PATH, document);
    assert.deepEqual([status, body.type, body.operation], [400, '/problems/validation', 'batch']);
    assert.deepEqual(
      body.errors.map((one: Body) => one.pointer),
      pointers,
    );
    const rpc = { jsonrpc: '2.0', id: 1, method: 'batch', params: document };
    const { error } = await api.ok.post('/v1/rpc', rpc);
    assert.deepEqual([error.code, error.data.errors], [-32602, body.errors]);
    assert.equal(calls.length, 0);
  });
}

test('references take values of earlier results, each with its own type', async (t) => {
  const { api, calls } = await build(t, {
    answers: {
      startup: () => value({ sessionId: 'ses_1', list: [{ 'a/b': 7 }, null], nothing: undefined }),
    },
  });
  const steps = [
    { id: 's', operation: 'startup' },
    {
      id: 't',
      operation: 'startup',
      params: { deep: [{ at: reference('/s/list/0/a~1b') }], all: reference('/s/list') },
    },
    close(reference('/t/sessionId')),
    close(reference('/s/nothing')),
  ];
  const answer = await api.ok.post(PATH, { steps });
  assert.deepEqual(outcomes(answer), ['failed', 'ok', 'ok', 'ok', 'failed']);
  assert.deepEqual(calls[1]?.params, { deep: [{ at: 7 }], all: [{ 'a/b': 7 }, null] });
  assert.deepEqual(calls[2]?.params, { socketId: 'ses_1' });
  assert.deepEqual(answer.steps[3].problem.errors, [
    { pointer: '/socketId', detail: 'refers to a value that the result does not have' },
  ]);
  assert.equal(calls.length, 3);
});

test('a step without a result has none to refer to; the refused call is in the log', async (t) => {
  const { api, logged } = await build(t, {
    answers: { startup: () => ({ answer: fail('WSAEPROCLIM', 'WSAStartup') }) },
  });
  const steps = [{ id: 's', operation: 'startup' }, close(reference('/s/sessionId')), close('sck_1')];
  const answer = await api.ok.post(PATH, { steps, onError: 'continue' });
  assert.deepEqual(outcomes(answer), ['failed', 'failed', 'failed', 'ok']);
  assert.equal(answer.steps[0].problem.code, 10067);
  assert.equal(answer.steps[1].problem.type, '/problems/validation');
  const { instance } = answer.steps[1].problem;
  const id = instance.replace('urn:winsockd:request:', '');
  assert.equal(logged.filter((line) => line.includes(`"${id}"`) && line.includes('"validation"')).length, 1);
});

test('stop and cleanup skip what comes behind a failure, continue does not', async (t) => {
  for (const [onError, last] of [
    [undefined, 'skipped'],
    ['stop', 'skipped'],
    ['cleanup', 'skipped'],
    ['continue', 'ok'],
  ]) {
    const { api } = await build(t, {
      answers: {
        close: ({ socketId }) =>
          socketId === 'sck_2' ? { answer: { ok: false, refusal: 'quota', detail: 'Enough.' } } : {},
      },
    });
    const steps = [close('sck_1'), close('sck_2'), close('sck_3')];
    const answer = await api.ok.post(PATH, { steps, onError });
    assert.deepEqual(outcomes(answer), ['failed', 'ok', 'failed', last], onError);
    const [first, , third] = answer.steps;
    assert.equal(typeof first.startedMs, 'number');
    assert.equal(typeof first.durationMs, 'number');
    if (last === 'skipped') assert.deepEqual(third, { outcome: 'skipped', runs: 0 });
  }
});

test('expectError: the code or refusal must be that one', async (t) => {
  const { api } = await build(t, {
    answers: {
      close: ({ socketId }) => {
        if (socketId === 'sck_1') return { answer: fail('WSAECONNRESET', 'closesocket') };
        return socketId === 'sck_2' ? { answer: { ok: false, refusal: 'quota', detail: 'Enough.' } } : {};
      },
    },
  });
  const steps = [
    close('sck_1', { expectError: 'WSAECONNRESET' }),
    close('sck_2', { expectError: 'quota' }),
    close('sck_1', { expectError: 'WSAENOTCONN' }),
    close('sck_3', { expectError: 'WSAENOTCONN' }),
  ];
  const answer = await api.ok.post(PATH, { steps, onError: 'continue' });
  assert.deepEqual(outcomes(answer), ['failed', 'expected', 'expected', 'failed', 'failed']);
  assert.equal(answer.steps[0].problem.name, 'WSAECONNRESET');
  assert.deepEqual(answer.steps[3].result, {});
  assert.equal((await api.ok.post(PATH, { steps: steps.slice(0, 2) })).outcome, 'completed');
});

test('expectError holds for every refusal, also that of a reference without a value', async (t) => {
  const { api, calls } = await build(t);
  const steps = [
    { id: 's', operation: 'startup' },
    close(reference('/s/sessionId'), { expectError: 'validation' }),
    { operation: 'close', params: {}, expectError: 'validation' },
    close(reference('/s/sessionId'), { expectError: 'WSAENOTSOCK' }),
  ];
  const answer = await api.ok.post(PATH, { steps });
  assert.deepEqual(outcomes(answer), ['failed', 'ok', 'expected', 'expected', 'failed']);
  assert.deepEqual(
    answer.steps.map(({ runs }: Body) => runs),
    [1, 0, 1, 0],
  );
  assert.equal(calls.length, 1);
});

test('expect: values at places of the result, compared as JSON', async (t) => {
  const { api } = await build(t, {
    answers: { close: () => value({ bytes: 5, address: { port: 80, family: undefined }, list: [1] }) },
  });
  const good = { '/bytes': 5, '/address': { port: 80 }, '/list/0': 1 };
  const steps = [
    close('sck_1', { expect: good }),
    close('sck_1', { expect: { '/bytes': '5', '/address/port': 80, '/list/1': null } }),
  ];
  const answer = await api.ok.post(PATH, { steps });
  assert.deepEqual(outcomes(answer), ['failed', 'ok', 'failed']);
  assert.deepEqual(answer.steps[1].unmet, ['/bytes', '/list/1']);
  assert.equal(answer.steps[1].result.bytes, 5);
});

test('repeat runs a step again until it fails, and keeps the last result', async (t) => {
  let count = 0;
  const { api, settled } = await build(t, {
    answers: {
      close: () => {
        count++;
        return count === 5 ? { answer: fail('WSAECONNRESET', 'closesocket') } : value({ count });
      },
    },
  });
  const steps = [close('sck_1', { repeat: 3, id: 'a' }), close('sck_1', { repeat: 9 })];
  const { steps: made } = await api.ok.post(PATH, { steps });
  assert.deepEqual(
    made.map((one: Body) => [one.outcome, one.runs, one.result?.count ?? one.problem.name]),
    [
      ['ok', 3, 3],
      ['failed', 2, 'WSAECONNRESET'],
    ],
  );
  assert.deepEqual(settled.slice(0, 5), Array(5).fill('collected'));
});

test('results beyond 8 MiB are left out, and can be referred to all the same', async (t) => {
  const data = 'x'.repeat(3 * 1024 * 1024);
  const { api, calls } = await build(t, { answers: { close: ({ socketId }) => value({ socketId, data }) } });
  const steps = [
    ...['a', 'b', 'c'].map((id) => close(`sck_${id}`, { id })),
    close(reference('/c/socketId')),
    { operation: 'startup' },
  ];
  const answer = await api.ok.post(PATH, { steps });
  assert.deepEqual(outcomes(answer), ['completed', ...Array(5).fill('ok')]);
  assert.deepEqual(
    answer.steps.map((one: Body) => [one.result?.data?.length, one.resultOmitted]),
    [
      [data.length, undefined],
      [data.length, undefined],
      [undefined, true],
      [undefined, true],
      [undefined, undefined],
    ],
  );
  assert.equal(calls[3]?.params.socketId, 'sck_c');
});

test('results and problems count as kept until the answer is delivered', async (t) => {
  const bytes = new ByteAccounts(DEFAULT_LIMITS);
  let kept = 0;
  const { api } = await build(t, {
    bytes,
    beforeReply: async () => {
      kept = bytes.used;
    },
    answers: {
      close: ({ socketId }) =>
        socketId === 'sck_1'
          ? { answer: fail('WSAENOTSOCK', 'closesocket') }
          : value({ data: 'x'.repeat(500) }),
    },
  });
  for (const id of ['sck_1', 'sck_2']) {
    const steps = Array.from({ length: 50 }, () => close(id));
    const answer = await api.ok.post(PATH, { steps, onError: 'continue' });
    const lengths = answer.steps.map((one: Body) => JSON.stringify(one.result ?? one.problem).length);
    const least = 50 * ANSWER_BYTES + lengths.reduce((sum: number, one: number) => sum + one, 0);
    // The body is kept too.
    const most = least + 5000;
    assert.ok(kept >= least && kept <= most, `${kept} bytes are kept, not ${least} to ${most}`);
    await until(() => bytes.used === 0, 'all is released');
  }
});

test('references to long or many values make no call that REST would refuse as too large', async (t) => {
  const text = 'x'.repeat(1000);
  const list = Array.from({ length: 100 }, () => 1);
  const { api, calls } = await build(t, {
    limits: { bodyBytes: 10_000, bodyValues: 1000 },
    answers: { startup: () => value({ text, list }) },
  });
  const times = (count: number, pointer: string) => Array.from({ length: count }, () => reference(pointer));
  const answer = await api.ok.post(PATH, {
    steps: [
      { id: 's', operation: 'startup' },
      ...[times(10, '/s/text'), times(11, '/s/text'), times(9, '/s/list'), times(10, '/s/list')].map(
        (socketIds) => close('sck_1', { params: { socketId: 'sck_1', socketIds } }),
      ),
    ],
    onError: 'continue',
  });
  assert.deepEqual(outcomes(answer), ['failed', 'ok', 'ok', 'failed', 'ok', 'failed']);
  assert.equal(calls.length, 3);
  const { type, status } = answer.steps[2].problem;
  assert.deepEqual([type, status, answer.steps[2].runs], ['/problems/too-large', 413, 0]);
});

test('a batch that does not wait gives others their turn', async (t) => {
  const spin = (): ReturnType<FakeAnswer> => {
    for (const until = performance.now() + 1; performance.now() < until; );
    return {};
  };
  const { api } = await build(t, { answers: { close: spin } });
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  const made = api.ok.post(PATH, { steps: [close('sck_1', { repeat: 100 })] });
  count();
  const answer = await made;
  isOver = true;
  assert.equal(answer.outcome, 'completed');
  assert.ok(turns > 15, `${turns} turns`);
});

test('the times of a batch are those of the clock of the daemon, as its instant is', async (t) => {
  const clock = new ManualClock();
  let end = (): void => undefined;
  const { api } = await build(t, {
    clock,
    onCall: ({ client, params }) => {
      if (params.socketId === 'sck_2') client.onGone(() => end());
    },
    answers: {
      close: ({ socketId }) => {
        clock.advance(20);
        if (socketId === 'sck_1') return {};
        return new Promise((resolve) => {
          end = () => resolve({ answer: fail('WSA_OPERATION_ABORTED', 'closesocket') });
          clock.advance(70);
        });
      },
    },
  });
  // Until 120 of the clock: 30 for the instant, 90 for the steps.
  const steps = [close('sck_1'), close('sck_1'), close('sck_2'), close('sck_1')];
  const answer = await api.ok.post(PATH, { steps, notBefore: 'monotonic=30', timeoutMs: 90 });
  assert.deepEqual(outcomes(answer), ['cancelled', 'ok', 'ok', 'cancelled', 'skipped']);
  assert.deepEqual(
    answer.steps.map((one: Body) => [one.startedMs, one.durationMs]),
    // biome-ignore format: one row a line
    [[0, 20], [20, 20], [40, 90], [undefined, undefined]],
  );
  assert.equal(clock.pending, 0);
});

test('cleanup ends what was made, the last first, before the answer; not where all succeeded', async (t) => {
  const ended: string[] = [];
  let made = 0;
  const { api } = await build(t, {
    answers: {
      startup: () => {
        const id = `ses_${++made}`;
        return { ...value({ sessionId: id }), endCreated: () => ended.push(id) };
      },
      close: () => ({ answer: fail('WSAENOTSOCK', 'closesocket') }),
    },
  });
  const begin = { operation: 'startup', repeat: 2 };
  assert.equal((await api.ok.post(PATH, { steps: [begin], onError: 'cleanup' })).outcome, 'completed');
  await api.ok.post(PATH, { steps: [begin, close('sck_1')], onError: 'stop' });
  assert.deepEqual(ended, []);
  await api.ok.post(PATH, { steps: [begin, begin, close('sck_1')], onError: 'cleanup' });
  assert.deepEqual(ended, ['ses_8', 'ses_7', 'ses_6', 'ses_5']);
});

test('every step is a request of its own in logs and problems', async (t) => {
  const { api, logged } = await build(t, {
    answers: { close: () => ({ answer: fail('WSAENOTSOCK', 'closesocket'), faults: ['flt_1'] }) },
  });
  const { body, headers } = await api.post(PATH, {
    steps: [close('sck_1'), close('sck_1')],
    onError: 'continue',
  });
  const id = headers['x-request-id'];
  assert.deepEqual(
    body.steps.map((one: Body) => one.problem.instance),
    [`urn:winsockd:request:${id}.1`, `urn:winsockd:request:${id}.2`],
  );
  assert.equal(headers['winsockd-fault'], 'flt_1');
  assert.equal(logged.filter((line) => line.includes(`"${id}.2"`)).length, 1);
});

test('over JSON-RPC, alone and in an array beside others', async (t) => {
  const { api, settled } = await build(t, { answers: { close: ({ socketId }) => value({ socketId }) } });
  const batch = (id: number) => ({
    jsonrpc: '2.0',
    id,
    method: 'batch',
    params: { steps: [close('sck_1'), close('sck_2')] },
  });
  const one = await api.ok.post('/v1/rpc', batch(1));
  assert.deepEqual(outcomes(one.result), ['completed', 'ok', 'ok']);
  const [first, second, third] = await api.ok.post('/v1/rpc', [
    batch(1),
    { jsonrpc: '2.0', id: 2, method: 'close', params: { socketId: 'sck_3' } },
    { ...batch(3), params: {} },
  ]);
  assert.deepEqual(outcomes(first.result), ['completed', 'ok', 'ok']);
  assert.deepEqual(second.result, { socketId: 'sck_3' });
  assert.equal(third.error.code, -32602);
  const { id: _, ...notification } = batch(1);
  assert.equal((await api.post('/v1/rpc', notification)).status, 204);
  assert.deepEqual(settled, [
    ...['collected', 'collected', true, true],
    ...['collected', 'collected', 'collected', true, true, true],
    ...['collected', 'collected', false, false],
  ]);
});

test('what a document takes beyond its text counts until its batch has ended', async (t) => {
  const bytes = new ByteAccounts({ bytesPerOwner: 1_000_000, bytesTotal: 1_000_000 });
  const used: number[] = [];
  const { api } = await build(t, { bytes, onCall: () => used.push(bytes.used) });
  const one = { steps: [close('sck_1')] };
  await api.ok.post(PATH, one);
  await api.ok.post(PATH, { steps: [...one.steps, close('sck_1', { expect: { '/a/b': 1 } })] });
  const [first = 0, second = 0] = used;
  assert.ok(second - first > 500, `${first}, ${second}`);
  const list = Array.from({ length: 30_000 }, () => 0);
  const { status, type } = await api.problem.post(PATH, {
    steps: [{ operation: 'close', params: { list } }],
  });
  assert.deepEqual([status, type], [429, '/problems/quota']);
  assert.equal(bytes.used, 0);
});
