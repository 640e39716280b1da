import assert from 'node:assert/strict';
import type { Handle, NativeOffers, Offer } from '../../../src/providers/provider.js';
import { SOCKET_TYPES } from '../../../src/winsock/constants.js';
import type { Outcome } from '../../../src/winsock/outcome.js';
import { offers, type ProtocolInfo } from '../../../src/winsock/protocol-info.js';
import {
  bytes,
  type CaseSockets,
  type Family,
  familyOf,
  internet,
  type Listener,
  loopback,
  refused,
  value,
} from './case-sockets.js';
import type { Suite } from './suite.js';

const native = ({ provider }: CaseSockets): NativeOffers => {
  assert.ok(provider.offers, 'the provider lets its listeners decide');
  return provider.offers;
};

const offered = (outcome: Outcome<Offer | undefined>): Offer => {
  const offer = value(outcome);
  assert.ok(offer, 'it can be looked at in the queue');
  return offer;
};

/** A listener whose callers wait for its decision. */
const deciding = (sockets: CaseSockets, handle: Handle, family: Family): Listener => {
  value(sockets.provider.setSockOpt(handle, 'SO_CONDITIONAL_ACCEPT', true));
  value(sockets.provider.bind(handle, loopback(family)));
  value(sockets.provider.listen(handle, 5));
  return { handle, address: internet(value(sockets.provider.getSockName(handle))) };
};

const calling = (sockets: CaseSockets, caller: Handle, to: Listener, data?: Uint8Array): Handle => {
  refused(sockets.provider.connect(caller, to.address, data), 'WSAEWOULDBLOCK');
  return caller;
};

/** Offers that wait for a decision. */
export const nativeOffers = (suite: Suite): void => {
  if (!suite.hasNativeOffers) return;
  for (const family of suite.families()) waiting(suite, family);
  const able = (entry: ProtocolInfo): boolean =>
    entry.socketType === SOCKET_TYPES.SOCK_STREAM && offers(entry, 'XP1_CONNECT_DATA');
  for (const entry of suite.entries.filter(able)) withData(suite, entry);
  suite.case(
    'offers: without the option a connection is complete, and stays until it is accepted',
    async (sockets) => {
      const listener = sockets.listener();
      const caller = calling(sockets, sockets.stream(), listener);
      value(await sockets.ended(caller));
      await sockets.ready(listener.handle, { read: true });
      const offer = value(native(sockets).first(listener.handle));
      assert.deepEqual(value(native(sockets).first(listener.handle)), offer);
      await sockets.ready(listener.handle, { read: true });
      const { remote } = await sockets.accept(listener.handle);
      assert.deepEqual(remote, value(sockets.provider.getSockName(caller)));
      if (offer) assert.deepEqual(remote, offer.remote);
    },
  );
  suite.case('offers: only a listener has them', (sockets) => {
    refused(native(sockets).first(notListening(sockets)), 'WSAEINVAL');
    refused(native(sockets).reject(notListening(sockets)), 'WSAEINVAL');
  });
};

/** A socket that could decide, but does not listen. */
const notListening = (sockets: CaseSockets): Handle => {
  const handle = sockets.stream();
  value(sockets.provider.setSockOpt(handle, 'SO_CONDITIONAL_ACCEPT', true));
  return handle;
};

const waiting = (suite: Suite, family: Family): void => {
  const named = (what: string): string => `offers over ${family}: ${what}`;

  suite.case(named('the caller waits until it is accepted'), async (sockets) => {
    const listener = deciding(sockets, sockets.stream(family), family);
    refused(native(sockets).first(listener.handle), 'WSAEWOULDBLOCK');
    const caller = calling(sockets, sockets.stream(family), listener);
    await sockets.ready(listener.handle, { read: true });
    const offer = offered(native(sockets).first(listener.handle));
    assert.deepEqual(offered(native(sockets).first(listener.handle)), offer, 'it stays, and is the same');
    refused(sockets.provider.finishConnect(caller), 'WSAEWOULDBLOCK');
    const { handle, remote } = value(sockets.provider.accept(listener.handle, undefined, offer.id));
    sockets.own(handle);
    assert.deepEqual(remote, offer.remote);
    value(await sockets.ended(caller));
    assert.deepEqual(remote, value(sockets.provider.getSockName(caller)));
    refused(native(sockets).first(listener.handle), 'WSAEWOULDBLOCK');
  });

  // A refused caller may retry by itself, as TCP of Windows does.
  suite.case(named('a rejection refuses the connect of the caller'), async (sockets) => {
    const listener = deciding(sockets, sockets.stream(family), family);
    const caller = calling(sockets, sockets.stream(family), listener);
    await sockets.ready(listener.handle, { read: true });
    const { id } = offered(native(sockets).first(listener.handle));
    assert.equal(offered(native(sockets).reject(listener.handle, undefined, id)).id, id);
    const rejectNext = (): void => {
      assert.notEqual(offered(native(sockets).reject(listener.handle)).id, id);
      sockets.watch(listener.handle, { read: true }, rejectNext);
    };
    sockets.watch(listener.handle, { read: true }, rejectNext);
    refused(await sockets.ended(caller), 'WSAECONNREFUSED');
  });

  suite.case(named('an offer other than the requested one stays queued'), async (sockets) => {
    const listener = deciding(sockets, sockets.stream(family), family);
    const caller = calling(sockets, sockets.stream(family), listener);
    await sockets.ready(listener.handle, { read: true });
    const offer = offered(native(sockets).first(listener.handle));
    refused(sockets.provider.accept(listener.handle, undefined, offer.id + 1), 'WSAEACCES');
    refused(native(sockets).reject(listener.handle, undefined, offer.id + 1), 'WSAEACCES');
    assert.deepEqual(offered(native(sockets).first(listener.handle)), offer);
    await sockets.accept(listener.handle);
    value(await sockets.ended(caller));
  });

  suite.case(named('a duplicate of the listener has the same offers, and can decide'), async (sockets) => {
    const listener = deciding(sockets, sockets.stream(family), family);
    const other = sockets.own(value(sockets.provider.duplicate(listener.handle)));
    const caller = calling(sockets, sockets.stream(family), listener);
    await sockets.ready(listener.handle, { read: true });
    const offer = offered(native(sockets).first(listener.handle));
    assert.deepEqual(offered(native(sockets).first(other)), offer);
    sockets.own(value(sockets.provider.accept(other, undefined, offer.id)).handle);
    value(await sockets.ended(caller));
  });
};

const withData = (suite: Suite, entry: ProtocolInfo): void => {
  const named = (what: string): string => `offers of ${entry.description}: ${what}`;
  const family = familyOf(entry);
  const limit = entry.disconnectDataLimit ?? 0;
  const hasConnectData = (entry.connectDataLimit ?? 0) > 0;

  suite.case(
    named('the caller waits until it is accepted, with or without connect data'),
    async (sockets) => {
      for (const data of hasConnectData ? [undefined, bytes('who')] : [undefined]) {
        const listener = deciding(sockets, sockets.open(entry), family);
        const caller = calling(sockets, sockets.open(entry), listener, data);
        await sockets.ready(listener.handle, { read: true });
        const offer = offered(native(sockets).first(listener.handle));
        assert.deepEqual(offer.callerData && Buffer.from(offer.callerData), data);
        assert.deepEqual(offered(native(sockets).first(listener.handle)), offer, 'it stays, and is the same');
        refused(sockets.provider.finishConnect(caller), 'WSAEWOULDBLOCK');
        const { remote } = await sockets.accept(listener.handle);
        assert.deepEqual(remote, offer.remote);
        value(await sockets.ended(caller));
      }
    },
  );

  suite.case(named('a rejection refuses the caller, and may carry disconnect data'), async (sockets) => {
    const listener = deciding(sockets, sockets.open(entry), family);
    const caller = calling(sockets, sockets.open(entry), listener);
    await sockets.ready(listener.handle, { read: true });
    const { id } = offered(native(sockets).first(listener.handle));
    refused(native(sockets).reject(listener.handle, new Uint8Array(limit + 1)), 'WSAEFAULT');
    assert.equal(offered(native(sockets).reject(listener.handle, bytes('no'))).id, id);
    refused(native(sockets).first(listener.handle), 'WSAEWOULDBLOCK');
    refused(await sockets.ended(caller), 'WSAECONNREFUSED');
    refused(sockets.provider.recvDisconnect(caller, 1), 'WSAEFAULT');
    for (let i = 0; i < 2; i++) {
      const data = value(sockets.provider.recvDisconnect(caller, limit));
      assert.deepEqual(data && Buffer.from(data), bytes('no'));
    }
    sockets.begin(caller, listener.address);
    refused(sockets.provider.recvDisconnect(caller, limit), 'WSAENOTCONN');
    await sockets.ready(listener.handle, { read: true });
    await sockets.accept(listener.handle);
    value(await sockets.ended(caller));
  });

  suite.case(named('without the option a rejection resets, and takes no data'), async (sockets) => {
    const listener = sockets.listener({ entry });
    const caller = calling(sockets, sockets.open(entry), listener);
    value(await sockets.ended(caller));
    await sockets.ready(listener.handle, { read: true });
    refused(native(sockets).reject(listener.handle, bytes('no')), 'WSAEOPNOTSUPP');
    value(native(sockets).first(listener.handle));
    value(native(sockets).reject(listener.handle));
    await sockets.ready(caller, { hangup: true });
    refused(sockets.provider.recv(caller, new Uint8Array(1), 0), 'WSAECONNRESET');
  });

  suite.case(named('a withdrawn offer is reported once'), async (sockets) => {
    const listener = deciding(sockets, sockets.open(entry), family);
    const caller = calling(sockets, sockets.open(entry), listener);
    await sockets.ready(listener.handle, { read: true });
    const { id } = offered(native(sockets).first(listener.handle));
    sockets.close(caller);
    refused(native(sockets).first(listener.handle), 'WSAECONNRESET');
    refused(native(sockets).first(listener.handle), 'WSAEWOULDBLOCK');
    calling(sockets, sockets.open(entry), listener);
    await sockets.ready(listener.handle, { read: true });
    assert.notEqual(offered(native(sockets).first(listener.handle)).id, id);
  });
};
