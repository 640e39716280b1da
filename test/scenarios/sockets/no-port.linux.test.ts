/** No ephemeral port is left: every call that needs one answers at once, and none spins until its limit. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { canRun, missing } from '../../remote/requirements.js';
import { noNamespaces, twoMachines } from '../../remote/two-machines.js';
import type { NoPortAnswer } from './no-port-answer.js';

const CHILD = fileURLToPath(new URL('no-port-child.js', import.meta.url));

/** The code of each call; recvFrom is for a socket without a name. */
const ANSWERS = [
  ['bind of a stream', 'WSAEADDRINUSE', 'done'],
  ['bind of datagrams', 'WSAEADDRINUSE', 'done'],
  ['connect', 'WSAENOBUFS', 'done'],
  ['connect over IPv6', 'WSAENOBUFS', 'done'],
  ['connect of datagrams', 'WSAENOBUFS', 'done'],
  ['sendTo', 'WSAENOBUFS', 'done'],
  ['sendMsg', 'WSAENOBUFS', 'done'],
  ['recvFrom', 'WSAEINVAL', 'WSAEINVAL'],
] as const;

test('calls that cannot get a port answer at once', { timeout: 120_000 }, async (t) => {
  if (!canRun(t, missing('ip') ?? noNamespaces())) return;
  const child = twoMachines(t).daemon.run([process.execPath, CHILD]);
  assert.equal(await child.exit(), 0, child.stderr + child.stdout);
  const answers = child.stdout
    .trim()
    .split('\n')
    .map((line): NoPortAnswer => JSON.parse(line)); // as the child writes it
  const seen = answers.map(({ policy, what, answer }) => `${policy}: ${what}: ${answer}`);
  const expected = ['loopback', 'every address'].flatMap((policy) => [
    ...ANSWERS.map(([call, without]) => `${policy}: ${call} without a port: ${without}`),
    ...ANSWERS.map(([call, , again]) => `${policy}: ${call} with ports again: ${again}`),
  ]);
  assert.deepEqual(seen, expected);
  for (const { what, ms, cpuShare } of answers) {
    assert.ok(ms < 2_000, `${what} took ${ms} ms`);
    assert.ok(cpuShare < 0.05, `${what} took ${cpuShare} of the processor`);
  }
});
