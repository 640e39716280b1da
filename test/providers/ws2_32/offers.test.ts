/**
 * The condition function of WSAAccept, called by the real function; a fake acts where only a real Windows
 * would do.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { bind, getSockName } from '../../../src/providers/ws2_32/binding.js';
import { readCatalog } from '../../../src/providers/ws2_32/catalog.js';
import { EventWaits } from '../../../src/providers/ws2_32/event-waits.js';
import type { SocketState, Stack } from '../../../src/providers/ws2_32/handle-state.js';
import { loadWs2_32 } from '../../../src/providers/ws2_32/library.js';
import { accept, listen } from '../../../src/providers/ws2_32/listening.js';
import { MessageHeader } from '../../../src/providers/ws2_32/message-header.js';
import { acceptOnly, canDefer, first, reject } from '../../../src/providers/ws2_32/offers.js';
import { socket as open } from '../../../src/providers/ws2_32/opening.js';
import { Reactor } from '../../../src/providers/ws2_32/reactor.js';
import { close } from '../../../src/providers/ws2_32/shutdown-and-close.js';
import type { WsaAccept } from '../../../src/providers/ws2_32/wsa-accept.js';
import type { InternetAddress } from '../../../src/winsock/addresses.js';
import { ADDRESS_FAMILIES, CONDITIONS } from '../../../src/winsock/constants.js';
import { fail, ok } from '../../../src/winsock/outcome.js';
import { SockaddrBuffer } from '../../../src/winsock/sockaddr.js';
import { type Family, internet, loopback, refused, value } from '../contract/case-sockets.js';

const load = (t: TestContext): Stack => {
  const address = new SockaddrBuffer(ADDRESS_FAMILIES);
  const stack: Stack = {
    ws2_32: loadWs2_32(),
    reactor: new Reactor(
      () => undefined,
      () => false,
    ),
    eventWaits: new EventWaits(() => false),
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

const listening = (stack: Stack, family: Family = 'AF_INET'): SocketState => {
  const isStream = ({ info }: { info: { addressFamily: number; protocol: number } }): boolean =>
    info.addressFamily === ADDRESS_FAMILIES[family] && info.protocol === 6;
  const tcp = value(readCatalog(stack.ws2_32)).find(isStream);
  assert.ok(tcp);
  const found = stack.sockets.get(value(open(stack, tcp, 0)));
  assert.ok(found);
  value(bind(stack, found, loopback(family)));
  value(listen(stack, found, 5));
  return found;
};

const calling = async (t: TestContext, to: InternetAddress): Promise<Socket> => {
  const caller = connect(to.port, to.address);
  caller.on('error', () => undefined); // a rejection is expected
  t.after(() => caller.destroy());
  await once(caller, 'connect');
  return caller;
};

/** The same stack with a fake WSAAccept. */
const acting = (stack: Stack, acceptIf: WsaAccept): Stack => ({
  ...stack,
  ws2_32: { ...stack.ws2_32, acceptIf },
});

const callerId = (port: number): Buffer => {
  const bytes = Buffer.alloc(16);
  bytes.set([2, 0, port >> 8, port & 0xff, 127, 0, 0, 1]);
  return bytes;
};

const NOTHING = Buffer.alloc(0);

/** A fake WSAAccept with this offer as the first one. */
const offering =
  (port: number, data: Buffer = NOTHING): WsaAccept =>
  (_s, condition) => {
    condition(callerId(port), data);
    return fail('WSATRY_AGAIN', 'WSAAccept');
  };

describe('offers of ws2_32', { skip: process.platform !== 'win32' && 'needs Windows, or Wine' }, () => {
  for (const family of ['AF_INET', 'AF_INET6'] as const) {
    it(`a deferred offer stays first and keeps its number until it is accepted (${family})`, async (t) => {
      const stack = load(t);
      const listener = listening(stack, family);
      const address = internet(value(getSockName(stack, listener)));
      refused(first(stack, listener), 'WSAEWOULDBLOCK');
      const one = await calling(t, address);
      const other = await calling(t, address);
      const offer = value(first(stack, listener));
      assert.deepEqual(offer.remote, { ...address, port: one.localPort });
      assert.deepEqual(value(first(stack, listener)), offer);
      refused(acceptOnly(stack, listener, offer.id + 1), 'WSAEACCES');
      refused(reject(stack, listener, offer.id + 1), 'WSAEACCES');
      assert.deepEqual(value(first(stack, listener)), offer);
      assert.deepEqual(value(acceptOnly(stack, listener, offer.id)).remote, offer.remote);
      const next = value(first(stack, listener));
      assert.deepEqual(next, { id: offer.id + 1, remote: { ...address, port: other.localPort } });
      assert.deepEqual(value(accept(stack, listener)).remote, next.remote, 'a plain accept takes it too');
      refused(first(stack, listener), 'WSAEWOULDBLOCK');
      refused(acceptOnly(stack, listener, next.id), 'WSAEWOULDBLOCK');
    });
  }

  it("a rejection ends the caller's connect, and the listener goes on", async (t) => {
    const stack = load(t);
    const listener = listening(stack);
    const address = internet(value(getSockName(stack, listener)));
    const caller = await calling(t, address);
    const closed = once(caller.resume(), 'close');
    const { id } = value(first(stack, listener));
    assert.equal(value(reject(stack, listener, undefined)).id, id);
    await closed;
    refused(reject(stack, listener, undefined), 'WSAEWOULDBLOCK');
    await calling(t, address);
    assert.equal(value(reject(stack, listener, id + 1)).id, id + 1);
  });

  it('an exception of the condition function is thrown, and the connection stays', async (t) => {
    const stack = load(t);
    const listener = listening(stack);
    const caller = await calling(t, internet(value(getSockName(stack, listener))));
    const bug = new Error('a bug');
    const throwing = (): never => {
      throw bug;
    };
    assert.throws(() => stack.ws2_32.acceptIf(listener.s, throwing), bug);
    assert.equal(internet(value(first(stack, listener)).remote).port, caller.localPort);
  });

  it('only listeners with SO_CONDITIONAL_ACCEPT have offers', (t) => {
    const stack = load(t);
    const listener = listening(stack);
    assert.equal(canDefer(stack, listener), false);
    const getsockopt: Stack['ws2_32']['getsockopt'] = (_s, level, option, into) => {
      assert.deepEqual([level, option], [0xffff, 0x3002]);
      into?.fill(1, 0, 1);
      return ok(0);
    };
    const set = { ...stack, ws2_32: { ...stack.ws2_32, getsockopt } };
    assert.equal(canDefer(set, listener), true);
    assert.equal(canDefer(set, { ...listener, stream: false }), false);
  });

  it('a caller that withdraws and calls again makes a new offer', (t) => {
    const stack = load(t);
    const listener = listening(stack);
    const { id } = value(first(acting(stack, offering(5000)), listener));
    const withdrawn = acting(stack, () => fail('WSAECONNRESET', 'WSAAccept'));
    refused(first(withdrawn, listener), 'WSAECONNRESET');
    assert.equal(value(first(acting(stack, offering(5000)), listener)).id, id + 1);
    assert.equal(value(first(acting(stack, offering(5001)), listener)).id, id + 2, 'gone without a word');
    refused(acceptOnly(acting(stack, offering(5000)), listener, id + 2), 'WSAEACCES');
  });

  it('connect data comes with the offer', (t) => {
    const stack = load(t);
    const listener = listening(stack);
    const { callerData } = value(first(acting(stack, offering(5000, Buffer.from('who'))), listener));
    assert.deepEqual(callerData, Buffer.from('who'));
  });

  it('an offer without an address is rejected and reported as withdrawn', (t) => {
    const stack = load(t);
    const listener = listening(stack);
    const nameless: WsaAccept = (_s, condition) => {
      assert.equal(condition(NOTHING, NOTHING), CONDITIONS.CF_REJECT);
      return fail('WSAECONNREFUSED', 'WSAAccept');
    };
    for (const asking of [first, reject, acceptOnly]) {
      refused(asking(acting(stack, nameless), listener, 1), 'WSAECONNRESET');
    }
  });

  it('a socket that was not accepted is closed, and throws', (t) => {
    const stack = load(t);
    const listener = listening(stack);
    const hasty: WsaAccept = (_s, condition) => {
      condition(callerId(5000), NOTHING);
      return ok(4711);
    };
    for (const asking of [first, reject, acceptOnly]) {
      const closed: number[] = [];
      const acted = acting(stack, hasty);
      const closesocket = (s: number) => ok(closed.push(s));
      const closing = { ...acted, ws2_32: { ...acted.ws2_32, closesocket } };
      assert.throws(() => asking(closing, listener, 4712), /4711, which was not accepted/);
      assert.deepEqual(closed, [4711]);
    }
  });
});
