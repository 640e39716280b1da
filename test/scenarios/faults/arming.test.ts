/** Faults are armed, checked, listed, read and removed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OPERATIONS } from '../../../src/operations/list.js';
import { canFault } from '../../../src/operations/operation.js';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import { loopback, PROVIDERS, startDaemon, startSession } from '../test-daemon.js';
import { countersOf } from './fault-counters.js';

const SESSION_CALLS = OPERATIONS.filter((op) => canFault(op) && op.scope === 'session').map(
  ({ name }) => name,
);

test('faults are armed, listed, read and removed, and expire; other owners do not see them', async (t) => {
  const clock = new ManualClock();
  const daemon = await startDaemon(t, { clock });
  const session = await startSession(daemon, 'lab');
  const socket = await session.stream();
  const given = {
    operation: 'send',
    probability: 0.25,
    seed: 9,
    effect: 'fail',
    code: 'WSAENETDOWN',
    times: 3,
  };
  const { status, headers, body } = await daemon.api.post(`${session.path}/faults`, given);
  assert.equal(status, 201);
  assert.equal(headers.location, `${session.path}/faults/flt_1`);
  const info = {
    faultId: 'flt_1',
    sessionId: session.id,
    ...given,
    phase: 'before',
    calls: 0,
    hits: 0,
    spent: false,
  };
  assert.deepEqual(body, info);
  assert.deepEqual(await daemon.api.ok.get(`${session.path}/faults/flt_1`), info);
  await session.arm({ socketId: socket.id, effect: 'delay', delayMs: 5, expiresMs: 100 });
  const { faults } = await daemon.api.ok.get(`${session.path}/faults?socketId=${socket.id}`);
  assert.deepEqual(
    faults.map((one: { faultId: string; spent: boolean }) => [one.faultId, one.spent]),
    [['flt_2', false]],
  );
  clock.advance(100);
  await socket.ok('bind', { address: loopback('AF_INET', 0) });
  assert.equal((await daemon.api.ok.get(`${session.path}/faults/flt_2`)).spent, true);
  assert.equal((await daemon.bob.get(`${session.path}/faults`)).status, 404);
  assert.deepEqual(await daemon.api.ok.delete(`${session.path}/faults/flt_1`), info);
  assert.equal((await daemon.api.problem.get(`${session.path}/faults/flt_1`)).status, 404);
  assert.equal((await daemon.api.problem.delete(`${session.path}/faults/flt_1`)).status, 404);
});

test('a rule that does not fit its effect is refused, with a pointer to the member', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const stream = await session.stream();
  const datagram = await session.datagram();
  const real = await session.socket({ provider: PROVIDERS[0], type: 'SOCK_DGRAM' });
  const cases: [object, string, RegExp][] = [
    [{ effect: 'fail' }, '/code', /is required/],
    [{ effect: 'delay', delayMs: 1, code: 'WSAENETDOWN' }, '/code', /does not belong/],
    [{ effect: 'slice' }, '/bytes', /is required/],
    [{ effect: 'drop', freezeMs: 1 }, '/freezeMs', /does not belong/],
    [{ effect: 'reset', phase: 'after' }, '/phase', /does not belong/],
    [{ effect: 'reset', nth: 1, every: 2 }, '/every', /excludes nth/],
    [{ effect: 'reset', seed: 1 }, '/seed', /belongs to probability/],
    [{ effect: 'reset', probability: 2 }, '/probability', /<= 1/],
    [{ effect: 'reset', operation: 'getSocket' }, '/operation', /must be one of/],
    [{ effect: 'fail', code: 'WSAENETDOWN', operation: 'startup' }, '/operation', /must be one of/],
    [{ effect: 'slice', bytes: 1, operation: 'bind' }, '/operation', /send, recv, sendTo, recvFrom/],
    [{ effect: 'fail', code: 'WSAEDISCON' }, '/code', /must be one of/],
    [{ effect: 'reset', socketId: 'sck_1' }, '/socketId', /no socket of this session/],
    [{ effect: 'drop', socketId: stream.id }, '/effect', /datagram sockets/],
    [{ effect: 'delay', delayMs: 25_000 }, '/delayMs', /below 25000, the wait limit/],
    ...SESSION_CALLS.map((operation): [object, string, RegExp] => [
      { effect: 'fail', code: 'WSAENETDOWN', operation, socketId: stream.id },
      '/operation',
      /a call of the session/,
    ]),
    [
      { effect: 'reset', operation: 'bind' },
      '/operation',
      /must be one of .*\bsend, .* for the effect reset/,
    ],
    [{ effect: 'reset', operation: 'select' }, '/operation', /for the effect reset/],
    [
      { effect: 'delay', delayMs: 1, operation: 'listen', socketId: datagram.id },
      '/operation',
      /stream sockets/,
    ],
    [{ effect: 'drop', socketId: real.id }, '/effect', /of the lab/],
    [{ effect: 'slice', bytes: 1, socketId: datagram.id }, '/effect', /stream sockets/],
  ];
  for (const [fault, pointer, detail] of cases) {
    const problem = await daemon.api.problem.post(`${session.path}/faults`, fault);
    assert.deepEqual(
      [problem.type, problem.errors[0].pointer],
      ['/problems/validation', pointer],
      JSON.stringify(fault),
    );
    assert.match(problem.errors[0].detail, detail);
  }
  const inStartup = await daemon.api.problem.post('/v1/startup', {
    faults: [{ effect: 'reset' }, { effect: 'fail' }],
  });
  assert.equal(inStartup.errors[0].pointer, '/faults/1/code');
  const inSocket = await daemon.api.problem.post(`${session.path}/sockets`, {
    provider: 'lab',
    family: 'AF_INET',
    type: 'SOCK_DGRAM',
    faults: [{ effect: 'slice', bytes: 1 }],
  });
  assert.equal(inSocket.errors[0].pointer, '/faults/0/effect');
  const endless = { faults: [{ effect: 'reset' }, { effect: 'delay', delayMs: 25_000 }] };
  for (const [path, params] of [
    ['/v1/startup', {}],
    [`${session.path}/sockets`, { provider: 'lab', family: 'AF_INET', type: 'SOCK_STREAM' }],
  ] as const) {
    const refused = await daemon.api.problem.post(path, { ...params, ...endless });
    assert.deepEqual(
      [refused.type, refused.errors[0].pointer],
      ['/problems/validation', '/faults/1/delayMs'],
    );
  }
  await session.arm({ effect: 'delay', delayMs: 24_999 });
  await daemon.api.ok.delete(`${session.path}/faults/flt_1`);
  assert.deepEqual(await daemon.api.ok.get(`${session.path}/faults`), { faults: [] });
  assert.equal((await daemon.api.ok.get(`${session.path}/sockets`)).sockets.length, 3);
});

test('a fault does not count a call that is refused before its turn', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const socket = await session.stream();
  await session.arm({ effect: 'fail', code: 'WSAENETDOWN', nth: 2 });
  assert.equal((await socket.problem('bind', {})).type, '/problems/validation');
  await socket.ok('bind', { address: loopback('AF_INET', 0) });
  await socket.info();
  await daemon.api.ok.get(`${session.path}/lastError`);
  assert.deepEqual(await countersOf(daemon, session, 'flt_1'), [1, 0]);
  assert.equal((await socket.problem('listen', {})).fault, 'flt_1');
});
