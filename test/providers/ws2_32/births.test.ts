/** A native socket is closed when any step after its creation fails. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { bind, getSockName } from '../../../src/providers/ws2_32/binding.js';
import { readCatalog } from '../../../src/providers/ws2_32/catalog.js';
import { EventWaits } from '../../../src/providers/ws2_32/event-waits.js';
import type { SocketState, Stack } from '../../../src/providers/ws2_32/handle-state.js';
import { loadWs2_32, type Ws2_32 } from '../../../src/providers/ws2_32/library.js';
import { accept, listen } from '../../../src/providers/ws2_32/listening.js';
import { MessageHeader } from '../../../src/providers/ws2_32/message-header.js';
import { select } from '../../../src/providers/ws2_32/network-events.js';
import { acceptOnly, first } from '../../../src/providers/ws2_32/offers.js';
import { adopt, duplicate, socket } from '../../../src/providers/ws2_32/opening.js';
import { Reactor } from '../../../src/providers/ws2_32/reactor.js';
import { close } from '../../../src/providers/ws2_32/shutdown-and-close.js';
import { ADDRESS_FAMILIES } from '../../../src/winsock/constants.js';
import { fail, type Outcome, ok } from '../../../src/winsock/outcome.js';
import { SockaddrBuffer } from '../../../src/winsock/sockaddr.js';
import { internet, loopback, refused, value } from '../contract/case-sockets.js';
import { openHandles } from '../open-handles.js';

/** Calls that create a handle: the test fails the calls after one of them. */
const BIRTHS: readonly (keyof Ws2_32)[] = ['socket', 'accept', 'acceptIf', 'duplicateSocket', 'createEvent'];
const ENDS: readonly (keyof Ws2_32)[] = ['closesocket', 'closeEvent'];
const TRIES = 50;

/**
 * The library, in which one call after a creation fails.
 *
 * @param failing which call: the first is 1
 */
const failingAfterBirth = (ws2_32: Ws2_32, failing: number) => {
  let steps = 0;
  const refuse = (): Outcome<number> => fail('WSAENOBUFS', 'made to fail');
  const entries = Object.entries(ws2_32).map(([name, call]) => {
    if ([...BIRTHS, ...ENDS].some((other) => other === name)) return [name, call];
    const stepping = (...args: unknown[]): unknown => {
      steps++;
      return steps === failing ? refuse() : Reflect.apply(call, undefined, args);
    };
    return [name, stepping];
  });
  // The same names, with functions of the same types.
  const library = Object.fromEntries(entries) as Ws2_32;
  return { library, wasReached: () => steps >= failing };
};

const load = (t: TestContext): Stack => {
  const never = () => false;
  const address = new SockaddrBuffer(ADDRESS_FAMILIES);
  const stack: Stack = {
    ws2_32: loadWs2_32(),
    reactor: new Reactor(() => undefined, never),
    eventWaits: new EventWaits(never),
    sockets: new Map(),
    address,
    message: new MessageHeader(address.name),
  };
  t.after(() => {
    for (const found of [...stack.sockets.values()]) value(close(stack, found));
    stack.ws2_32.cleanup();
  });
  return stack;
};

const opened = (stack: Stack): SocketState => {
  const tcp = value(readCatalog(stack.ws2_32)).find(
    ({ info }) => info.addressFamily === ADDRESS_FAMILIES.AF_INET && info.protocol === 6,
  );
  assert.ok(tcp);
  const found = stack.sockets.get(value(socket(stack, tcp, 0)));
  assert.ok(found);
  return found;
};

/** Makes each step fail in turn; returns the number of steps. */
const failInTurn = async (
  stack: Stack,
  prepare: () => Promise<unknown>,
  birth: (stack: Stack) => Outcome<unknown>,
): Promise<number> => {
  for (let failing = 1; ; failing++) {
    let before = 0;
    for (let tries = 0; tries < TRIES; tries++) {
      await prepare();
      const { library, wasReached } = failingAfterBirth(stack.ws2_32, failing);
      const count = stack.sockets.size;
      before = tries === 0 ? openHandles() : before;
      const born = birth({ ...stack, ws2_32: library });
      if (!wasReached()) {
        value(born);
        return failing - 1;
      }
      refused(born, 'WSAENOBUFS');
      assert.equal(stack.sockets.size, count, 'it is not one of ours');
    }
    assert.ok(openHandles() < before + TRIES / 2, `step ${failing} loses handles`);
  }
};

describe('failures while ws2_32 makes a socket', {
  skip: process.platform !== 'win32' && 'needs Windows, or Wine',
}, () => {
  const none = async () => undefined;

  it('socket', async (t) => {
    const stack = load(t);
    const tcp = value(readCatalog(stack.ws2_32)).find(({ info }) => info.protocol === 6);
    assert.ok(tcp);
    assert.equal(await failInTurn(stack, none, (acted) => socket(acted, tcp, 0)), 1);
  });

  it('duplicate', async (t) => {
    const stack = load(t);
    const one = opened(stack);
    assert.equal(await failInTurn(stack, none, (acted) => duplicate(acted, one)), 1);
    assert.equal(one.shared.handles, 2);
  });

  for (const [name, taking] of Object.entries({
    accept,
    'accept of one offer': (acted: Stack, listener: SocketState) =>
      acceptOnly(acted, listener, value(first(acted, listener)).id),
  })) {
    it(name, async (t) => {
      const stack = load(t);
      const listener = opened(stack);
      value(bind(stack, listener, loopback()));
      value(listen(stack, listener, 5));
      const { port, address } = internet(value(getSockName(stack, listener)));
      const calling = async () => {
        const caller = connect(port, address);
        caller.on('error', () => undefined); // a reset is expected
        t.after(() => caller.destroy());
        await once(caller, 'connect');
      };
      const steps = await failInTurn(stack, calling, (acted) => taking(acted, listener));
      assert.equal(steps, 3);
    });
  }

  it('select network events', async (t) => {
    const stack = load(t);
    const one = opened(stack);
    assert.equal(await failInTurn(stack, none, (acted) => select(acted, one, 1)), 1);
  });

  it('closes a SOCKET that libuv cannot use', (t) => {
    const stack = load(t);
    const closed: number[] = [];
    const ws2_32: Ws2_32 = {
      ...stack.ws2_32,
      ioctlsocket: () => ok(0),
      closesocket: (s) => ok(closed.push(s)),
    };
    refused(adopt({ ...stack, ws2_32 }, 2 ** 31, { stream: true, family: 2 }), 'WSAEMFILE');
    assert.deepEqual(closed, [2 ** 31]);
  });
});
