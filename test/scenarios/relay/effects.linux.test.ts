/** What every effect of a relay's faults does to an unchanged program, and that it repeats. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Body } from '../../http/client.js';
import { needs } from '../../programs.js';
import { startDaemon, startSession } from '../test-daemon.js';
import { curl, PAGE, relayTo, webServer } from './programs.js';

const toCurl = { end: 'client', operation: 'send' };
const fromServer = { end: 'upstream', operation: 'recv' };

/** Fetches the page once through a relay with these faults. */
const fetched = async (t: TestContext, faults: readonly object[], ...options: string[]) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'posix');
  const relay = await relayTo(session, await webServer(t), { faults });
  const began = performance.now();
  const { code, out, err } = await curl(relay.port, ...options);
  const ms = performance.now() - began;
  const [pair] = (await daemon.api.ok.get(relay.path)).pairs;
  const { entries } = await daemon.api.ok.get(`${session.path}/journal`);
  const sends = entries
    .filter(({ operation, socketId }: Body) => operation === 'send' && socketId === pair.clientSocketId)
    .map(({ outcome, code: failed, bytesSent = 0, faults: ids }: Body) => [outcome, failed, bytesSent, ids]);
  return { code, out, err, ms, pair, sends };
};

/** curl writes how many bytes of the body have come behind those. */
const COUNTED = ['-o', '/dev/null', '-w', '%{size_download}', '--raw'];

test('a reset after 1,000 bytes: so many arrive, and twice the journal is the same', async (t) => {
  if (!needs(t, 'curl') || !needs(t, 'python3')) return;
  const faults = [{ ...toCurl, afterBytes: 1000, effect: 'reset' }];
  const [once, again] = [await fetched(t, faults, ...COUNTED), await fetched(t, faults, ...COUNTED)];
  assert.equal(once.code, 56, once.err);
  assert.equal(once.pair.bytesToClient, 1000);
  assert.equal(again.pair.bytesToClient, 1000);
  const ends = [once, again].map(({ sends }) => sends.at(-1));
  assert.deepEqual(ends[0], ends[1]);
  assert.deepEqual(ends[0]?.slice(0, 2), ['failed', 10054]);
});

test('300 ms of latency delay the page, and its end', async (t) => {
  if (!needs(t, 'curl') || !needs(t, 'python3')) return;
  const { out, ms } = await fetched(t, [{ ...fromServer, effect: 'latency', latencyMs: 300 }]);
  assert.equal(out, PAGE);
  assert.ok(ms >= 299, `${ms} ms`);
});

test('100 kB at 50 kB a second take two seconds, less the allowance', async (t) => {
  if (!needs(t, 'curl') || !needs(t, 'python3')) return;
  const { out, ms } = await fetched(t, [{ ...toCurl, effect: 'bandwidth', bytesPerSecond: 50_000 }]);
  assert.equal(out, PAGE);
  assert.ok(ms >= 1850, `${ms} ms`);
});

test('slices arrive whole', async (t) => {
  if (!needs(t, 'curl') || !needs(t, 'python3')) return;
  const { out, sends } = await fetched(t, [{ ...toCurl, effect: 'slice', bytes: 10_000 }]);
  assert.equal(out, PAGE);
  assert.ok(sends.length >= 10);
  assert.ok(sends.every(([, , bytes]: readonly number[]) => (bytes ?? 0) <= 10_000));
});

test('a limit with an end cuts the page: curl sees that bytes are missing', async (t) => {
  if (!needs(t, 'curl') || !needs(t, 'python3')) return;
  // biome-ignore lint/suspicious/noThenProperty: its value is a text, so nothing can take it for a promise
  const faults = [{ ...fromServer, effect: 'limit', bytes: 5000, then: 'end' }];
  const { code, pair, err } = await fetched(t, faults);
  assert.equal(code, 18, err);
  assert.equal(pair.bytesToClient, 5000);
});

test('a slow close: the page comes at once, its end half a second later', async (t) => {
  if (!needs(t, 'curl') || !needs(t, 'python3')) return;
  const faults = [{ end: 'client', effect: 'slowClose', delayMs: 500 }];
  // Without the length curl reads until the end of the connection.
  const { out, ms } = await fetched(t, faults, '--ignore-content-length', '--http1.0');
  assert.equal(out, PAGE);
  assert.ok(ms >= 499, `${ms} ms`);
});
