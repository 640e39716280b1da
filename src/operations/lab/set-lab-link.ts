import Type from 'typebox';
import { invalid } from '../../daemon/answers/refusals.js';
import { seededRandom } from '../../daemon/faults/random.js';
import { ok } from '../../winsock/outcome.js';
import { ownOperation } from '../operation.js';
import { component, dword, int32, int64, probability } from '../schemas/schemas.js';
import { noLab } from './no-lab.js';

const latencyMs = int32('Milliseconds from one end to the other; 0: none.', 0, 3_600_000);
const bytesPerSecond = int64('Bytes a second, all traffic together; 0: no limit.', 0, 1e12);
const loss = probability('The probability that a datagram is lost; streams lose nothing.');
const seed = dword('Seed of the loss: same seed, same datagrams, same losses.');
const partition = Type.Boolean({
  description: 'Nothing passes: datagrams vanish, connects stay pending, streams stall until it heals.',
});

export const setLabLink = ownOperation({
  name: 'setLabLink',
  summary: 'Make the lab network slow, narrow, lossy or cut',
  description: [
    "Changes the one link that all traffic of the session's lab network passes, also that of other sessions",
    'on it. Members left out stay as they are, so an empty body reads the link. `loss` restarts its random',
    'sequence from `seed` (0 without it). While the network is cut, a connect ends with WSAETIMEDOUT after',
    '21 seconds, a connection with unacknowledged data with WSAECONNABORTED after 21 seconds, and an idle',
    'one with SO_KEEPALIVE with WSAENETRESET after two hours and ten probes a second apart: all by the clock',
    'of the network, which advanceLabClock can move.',
  ].join('\n'),
  scope: 'session',
  params: component('SetLabLinkRequest', 'What to change.', {
    latencyMs: Type.Optional(latencyMs),
    bytesPerSecond: Type.Optional(bytesPerSecond),
    loss: Type.Optional(loss),
    seed: Type.Optional(seed),
    partition: Type.Optional(partition),
  }),
  result: component('LabLink', 'The link as it is now.', {
    latencyMs,
    bytesPerSecond,
    loss,
    seed,
    partition,
  }),
  example: {
    params: { latencyMs: 50 },
    result: { latencyMs: 50, bytesPerSecond: 0, loss: 0, seed: 0, partition: false },
  },
  effect: 'change',
  affects: 'lab',
  rest: { path: '/sessions/{sessionId}/labLink' },
  run({ lab }, { loss: lossGiven, seed: seedGiven, ...change }) {
    if (!lab) return noLab;
    if (seedGiven !== undefined && lossGiven === undefined) return seedAlone;
    const seedOfLoss = seedGiven ?? 0;
    lab.changeLink({
      ...change,
      ...(lossGiven !== undefined && {
        loss: { probability: lossGiven, seed: seedOfLoss, draw: seededRandom(seedOfLoss) },
      }),
    });
    const { loss: now, latencyMs: latency, bytesPerSecond: rate, partition: cut } = lab.link;
    return ok({
      latencyMs: latency,
      bytesPerSecond: rate,
      loss: now.probability,
      seed: now.seed,
      partition: cut,
    });
  },
});

const seedAlone = invalid(['seed'], 'belongs to loss');
