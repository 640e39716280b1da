/** The sentence for a rule, for each effect and each way to select calls. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durationText } from '../../src/console/model/duration-text.js';
import { FAULT_PRESETS } from '../../src/console/model/fault-presets.js';
import { faultScope, faultText } from '../../src/console/model/fault-text.js';
import type { FaultRule } from '../../src/console/model/types.js';
import { EFFECTS } from '../../src/operations/faults/effects.js';

const SENTENCES: readonly (readonly [FaultRule, string])[] = [
  [{ operation: 'send', nth: 3, effect: 'fail', code: 'WSAENETDOWN' }, 'The 3rd send fails with WSAENETDOWN'],
  [{ effect: 'fail', code: 'WSAENOBUFS', nth: 111 }, 'The 111th call fails with WSAENOBUFS'],
  [
    { operation: 'recv', effect: 'fail', code: 'WSAEINTR', phase: 'after' },
    'Each recv is made, then fails with WSAEINTR, and its result is dropped',
  ],
  [
    { operation: 'connect', effect: 'fail', code: 'WSAECONNREFUSED', times: 1 },
    'The next connect fails with WSAECONNREFUSED',
  ],
  [
    { operation: 'accept', effect: 'delay', delayMs: 300, every: 2, times: 1 },
    'Every 2nd accept begins 300 ms later, at most once',
  ],
  [{ effect: 'slice', bytes: 1, operation: 'send', every: 3 }, 'Every 3rd send moves at most 1 byte'],
  [{ effect: 'slice', bytes: 10, every: 1 }, 'Each send or receive moves at most 10 bytes'],
  [
    { effect: 'reset', operation: 'recv', afterBytes: 1000 },
    'Each recv after 1,000 bytes resets its connection',
  ],
  [{ effect: 'reset', times: 2 }, 'Each call of a connected stream resets its connection, at most 2 times'],
  [
    { effect: 'drop', probability: 0.5, seed: 1 },
    'Each datagram, with a probability of 50 %, is lost on the way',
  ],
  [
    { effect: 'freeze', freezeMs: 5000, times: 1, expiresMs: 60_000 },
    'The next receive or accept freezes its socket: for 5 s nothing that arrives shows, within 1 min of its arming',
  ],
  [
    { effect: 'bandwidth', bytesPerSecond: 10_000 },
    'Each direction of a socket passes 10,000 bytes per second',
  ],
  [
    { effect: 'bandwidth', bytesPerSecond: 1, operation: 'send', nth: 2 },
    'From the 2nd send on, the direction of send passes 1 byte per second',
  ],
  [
    { effect: 'latency', latencyMs: 300, jitterMs: 50, seed: 7 },
    'What arrives shows 300 ms later, give or take 50 ms',
  ],
  [
    // biome-ignore lint/suspicious/noThenProperty: the member of a rule; its value is a text
    { effect: 'limit', operation: 'recv', bytes: 100, then: 'end' },
    'The direction of recv ends after 100 bytes',
  ],
  [
    // biome-ignore lint/suspicious/noThenProperty: the member of a rule; its value is a text
    { effect: 'limit', bytes: 1, then: 'reset', every: 21 },
    'From every 21st call on, each direction of a socket resets its connection after 1 byte',
  ],
  [{ effect: 'slowClose', delayMs: 2000 }, 'Each close or end of sending reaches the peer 2 s later'],
];

test('every effect has its sentence', () => {
  for (const [rule, text] of SENTENCES) assert.equal(faultText(rule), text);
  const shown = new Set<string>(SENTENCES.map(([{ effect }]) => effect));
  assert.deepEqual(
    EFFECTS.map(({ kind }) => kind).filter((kind) => !shown.has(kind)),
    [],
  );
});

test('the presets have different ids, titles and sentences', () => {
  for (const of of [
    FAULT_PRESETS.map(({ id }) => id),
    FAULT_PRESETS.map(({ title }) => title),
    FAULT_PRESETS.map(({ rule }) => faultText(rule)),
  ]) {
    assert.equal(new Set(of).size, FAULT_PRESETS.length);
  }
});

test('a rule is for all sockets, one socket, or one end of a relay', () => {
  const info = {
    faultId: 'flt_1',
    sessionId: 'ses_1',
    effect: 'drop',
    calls: 0,
    hits: 0,
    spent: false,
  } as const;
  assert.equal(faultScope(info), 'all sockets');
  assert.equal(faultScope({ ...info, socketId: 'sock_abcdefgh' }), 'socket …defgh');
  const relay = { ...info, relayId: 'rel_12345', end: 'client' } as const;
  assert.equal(faultScope(relay), 'client end of each connection of relay …12345');
  assert.equal(faultScope({ ...relay, nthConnection: 2 }), 'client end of connection 2 of relay …12345');
});

test('durations have the units of people', () => {
  const texts = [0, 999, 1000, 1500, 60_000, 7_210_000, 7_384_005].map(durationText);
  assert.deepEqual(texts, ['0 ms', '999 ms', '1 s', '1.5 s', '1 min', '2 h 10 s', '2 h 3 min 4.005 s']);
});
