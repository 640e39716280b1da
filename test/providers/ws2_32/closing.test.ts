import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { socket } from '../../../src/providers/ws2_32/birth.js';
import { readCatalog } from '../../../src/providers/ws2_32/catalog.js';
import { closeOnWorker } from '../../../src/providers/ws2_32/closing.js';
import { loadLibrary } from '../../../src/providers/ws2_32/library.js';
import { Reactor } from '../../../src/providers/ws2_32/reactor.js';
import { SockaddrBuffer } from '../../../src/providers/ws2_32/sockaddr.js';
import type { Stack } from '../../../src/providers/ws2_32/state.js';

/** A stream socket, and what it lives in. */
const setUp = () => {
  const stack: Stack = {
    library: loadLibrary(),
    reactor: new Reactor(() => false),
    sockets: new Map(),
    address: new SockaddrBuffer(),
  };
  const catalog = readCatalog(stack.library);
  const entry = catalog.ok ? catalog.value.find(({ info }) => info.protocol === 6) : undefined;
  assert.ok(entry);
  const made = socket(stack, entry, 0);
  assert.ok(made.ok);
  const state = stack.sockets.get(made.value);
  assert.ok(state);
  return { stack, state };
};

// The provider does not offer it under Wine, where it does not linger; that it closes can be seen there too.
describe('closeOnWorker', { skip: process.platform !== 'win32' && 'needs Windows, or Wine' }, () => {
  it('closes the socket, which nobody else can use meanwhile', async (t) => {
    const { stack, state } = setUp();
    t.after(() => stack.library.cleanup());
    const closing = closeOnWorker(stack, state, 1);
    assert.equal(stack.sockets.size, 0);
    assert.deepEqual(await closing, { ok: true, value: undefined });
  });

  it('throws for seconds that LINGER does not hold, and closes nothing', async (t) => {
    const { stack, state } = setUp();
    t.after(() => stack.library.cleanup());
    await assert.rejects(closeOnWorker(stack, state, 65_536), RangeError);
    await assert.rejects(closeOnWorker(stack, state, 1.5), RangeError);
    assert.ok(stack.sockets.has(state.s));
    stack.library.closesocket(state.s);
  });
});
