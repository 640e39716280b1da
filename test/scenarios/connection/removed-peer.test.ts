/** The state and the address of a datagram socket after its peer was removed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { v4 } from '../../addresses.js';
import { PROVIDERS, startDaemon, startSession } from '../test-daemon.js';

const ZERO_ADDRESS = v4('0.0.0.0', 0);

for (const provider of PROVIDERS) {
  test(`connect to the zero address leaves the binding of a socket unchanged, on ${provider}`, async (t) => {
    const allow = ['0.0.0.0/0'];
    const daemon = await startDaemon(t, { config: { policy: { connect: { allow }, bind: { allow } } } });
    const session = await startSession(daemon, provider);
    const fresh = await session.datagram();
    await fresh.ok('connect', { address: ZERO_ADDRESS });
    const isBound = (await fresh.info()).state === 'bound';
    assert.equal((await fresh.answer('bind', { address: v4('127.0.0.1', 0) })).status < 300, !isBound);

    const [peer, bound] = [await session.datagram(), await session.datagram()];
    for (const one of [peer, bound]) await one.ok('bind', { address: v4('127.0.0.1', 0) });
    const name = await bound.sockName();
    await bound.ok('connect', { address: await peer.sockName() });
    await bound.ok('connect', { address: ZERO_ADDRESS });
    assert.equal((await bound.info()).state, 'bound');
    assert.deepEqual(await bound.sockName(), name);
  });
}
