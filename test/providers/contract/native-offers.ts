import assert from 'node:assert/strict';
import type { Handle, NativeOffers, Offer } from '../../../src/providers/provider.js';
import { SOCKET_TYPES } from '../../../src/winsock/constants.js';
import type { Outcome } from '../../../src/winsock/outcome.js';
import { offers, type ProtocolInfo } from '../../../src/winsock/protocol-info.js';
import {
  bytes,
  type Family,
  familyOf,
  internet,
  type Listener,
  loopback,
  type Rig,
  refused,
  value,
} from './rig.js';
import type { Suite } from './suite.js';

const native = ({ provider }: Rig): NativeOffers => {
  assert.ok(provider.offers, 'the provider lets its listeners decide');
  return provider.offers;
};

const offered = (outcome: Outcome<Offer | undefined>): Offer => {
  const offer = value(outcome);
  assert.ok(offer, 'it can be looked at in the queue');
  return offer;
};

/** A listener whose callers wait for its decision. */
const deciding = (rig: Rig, handle: Handle, family: Family): Listener => {
  value(rig.provider.setSockOpt(handle, 'SO_CONDITIONAL_ACCEPT', true));
  value(rig.provider.bind(handle, loopback(family)));
  value(rig.provider.listen(handle, 5));
  return { handle, address: internet(value(rig.provider.getSockName(handle))) };
};

const calling = (rig: Rig, caller: Handle, to: Listener, data?: Uint8Array): Handle => {
  refused(rig.provider.connect(caller, to.address, data), 'WSAEWOULDBLOCK');
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
    async (rig) => {
      const listener = rig.listener();
      const caller = calling(rig, rig.stream(), listener);
      value(await rig.ended(caller));
      await rig.ready(listener.handle, { read: true });
      const offer = value(native(rig).first(listener.handle));
      assert.deepEqual(value(native(rig).first(listener.handle)), offer);
      await rig.ready(listener.handle, { read: true });
      const { remote } = await rig.accept(listener.handle);
      assert.deepEqual(remote, value(rig.provider.getSockName(caller)));
      if (offer) assert.deepEqual(remote, offer.remote);
    },
  );
  suite.case('offers: only a listener has them', (rig) => {
    refused(native(rig).first(notListening(rig)), 'WSAEINVAL');
    refused(native(rig).reject(notListening(rig)), 'WSAEINVAL');
  });
};

/** A socket that could decide, but does not listen. */
const notListening = (rig: Rig): Handle => {
  const handle = rig.stream();
  value(rig.provider.setSockOpt(handle, 'SO_CONDITIONAL_ACCEPT', true));
  return handle;
};

const waiting = (suite: Suite, family: Family): void => {
  const named = (what: string): string => `offers over ${family}: ${what}`;

  suite.case(named('the caller waits until it is accepted'), async (rig) => {
    const listener = deciding(rig, rig.stream(family), family);
    refused(native(rig).first(listener.handle), 'WSAEWOULDBLOCK');
    const caller = calling(rig, rig.stream(family), listener);
    await rig.ready(listener.handle, { read: true });
    const offer = offered(native(rig).first(listener.handle));
    assert.deepEqual(offered(native(rig).first(listener.handle)), offer, 'it stays, and is the same');
    refused(rig.provider.finishConnect(caller), 'WSAEWOULDBLOCK');
    const { handle, remote } = value(rig.provider.accept(listener.handle, undefined, offer.id));
    rig.own(handle);
    assert.deepEqual(remote, offer.remote);
    value(await rig.ended(caller));
    assert.deepEqual(remote, value(rig.provider.getSockName(caller)));
    refused(native(rig).first(listener.handle), 'WSAEWOULDBLOCK');
  });

  // A refused caller may retry by itself, as TCP of Windows does.
  suite.case(named('a rejection refuses the connect of the caller'), async (rig) => {
    const listener = deciding(rig, rig.stream(family), family);
    const caller = calling(rig, rig.stream(family), listener);
    await rig.ready(listener.handle, { read: true });
    const { id } = offered(native(rig).first(listener.handle));
    assert.equal(offered(native(rig).reject(listener.handle, undefined, id)).id, id);
    const rejectNext = (): void => {
      assert.notEqual(offered(native(rig).reject(listener.handle)).id, id);
      rig.watch(listener.handle, { read: true }, rejectNext);
    };
    rig.watch(listener.handle, { read: true }, rejectNext);
    refused(await rig.ended(caller), 'WSAECONNREFUSED');
  });

  suite.case(named('an offer other than the requested one stays queued'), async (rig) => {
    const listener = deciding(rig, rig.stream(family), family);
    const caller = calling(rig, rig.stream(family), listener);
    await rig.ready(listener.handle, { read: true });
    const offer = offered(native(rig).first(listener.handle));
    refused(rig.provider.accept(listener.handle, undefined, offer.id + 1), 'WSAEACCES');
    refused(native(rig).reject(listener.handle, undefined, offer.id + 1), 'WSAEACCES');
    assert.deepEqual(offered(native(rig).first(listener.handle)), offer);
    await rig.accept(listener.handle);
    value(await rig.ended(caller));
  });

  suite.case(named('a duplicate of the listener has the same offers, and can decide'), async (rig) => {
    const listener = deciding(rig, rig.stream(family), family);
    const other = rig.own(value(rig.provider.duplicate(listener.handle)));
    const caller = calling(rig, rig.stream(family), listener);
    await rig.ready(listener.handle, { read: true });
    const offer = offered(native(rig).first(listener.handle));
    assert.deepEqual(offered(native(rig).first(other)), offer);
    rig.own(value(rig.provider.accept(other, undefined, offer.id)).handle);
    value(await rig.ended(caller));
  });
};

const withData = (suite: Suite, entry: ProtocolInfo): void => {
  const named = (what: string): string => `offers of ${entry.description}: ${what}`;
  const family = familyOf(entry);
  const limit = entry.disconnectDataLimit ?? 0;
  const hasConnectData = (entry.connectDataLimit ?? 0) > 0;

  suite.case(named('the caller waits until it is accepted, with or without connect data'), async (rig) => {
    for (const data of hasConnectData ? [undefined, bytes('who')] : [undefined]) {
      const listener = deciding(rig, rig.open(entry), family);
      const caller = calling(rig, rig.open(entry), listener, data);
      await rig.ready(listener.handle, { read: true });
      const offer = offered(native(rig).first(listener.handle));
      assert.deepEqual(offer.callerData && Buffer.from(offer.callerData), data);
      assert.deepEqual(offered(native(rig).first(listener.handle)), offer, 'it stays, and is the same');
      refused(rig.provider.finishConnect(caller), 'WSAEWOULDBLOCK');
      const { remote } = await rig.accept(listener.handle);
      assert.deepEqual(remote, offer.remote);
      value(await rig.ended(caller));
    }
  });

  suite.case(named('a rejection refuses the caller, and may carry disconnect data'), async (rig) => {
    const listener = deciding(rig, rig.open(entry), family);
    const caller = calling(rig, rig.open(entry), listener);
    await rig.ready(listener.handle, { read: true });
    const { id } = offered(native(rig).first(listener.handle));
    refused(native(rig).reject(listener.handle, new Uint8Array(limit + 1)), 'WSAEFAULT');
    assert.equal(offered(native(rig).reject(listener.handle, bytes('no'))).id, id);
    refused(native(rig).first(listener.handle), 'WSAEWOULDBLOCK');
    refused(await rig.ended(caller), 'WSAECONNREFUSED');
    refused(rig.provider.recvDisconnect(caller, 1), 'WSAEFAULT');
    for (let i = 0; i < 2; i++) {
      const data = value(rig.provider.recvDisconnect(caller, limit));
      assert.deepEqual(data && Buffer.from(data), bytes('no'));
    }
    rig.begin(caller, listener.address);
    refused(rig.provider.recvDisconnect(caller, limit), 'WSAENOTCONN');
    await rig.ready(listener.handle, { read: true });
    await rig.accept(listener.handle);
    value(await rig.ended(caller));
  });

  suite.case(named('without the option a rejection resets, and takes no data'), async (rig) => {
    const listener = rig.listener({ entry });
    const caller = calling(rig, rig.open(entry), listener);
    value(await rig.ended(caller));
    await rig.ready(listener.handle, { read: true });
    refused(native(rig).reject(listener.handle, bytes('no')), 'WSAEOPNOTSUPP');
    value(native(rig).first(listener.handle));
    value(native(rig).reject(listener.handle));
    await rig.ready(caller, { hangup: true });
    refused(rig.provider.recv(caller, new Uint8Array(1), 0), 'WSAECONNRESET');
  });

  suite.case(named('a withdrawn offer is reported once'), async (rig) => {
    const listener = deciding(rig, rig.open(entry), family);
    const caller = calling(rig, rig.open(entry), listener);
    await rig.ready(listener.handle, { read: true });
    const { id } = offered(native(rig).first(listener.handle));
    rig.close(caller);
    refused(native(rig).first(listener.handle), 'WSAECONNRESET');
    refused(native(rig).first(listener.handle), 'WSAEWOULDBLOCK');
    calling(rig, rig.open(entry), listener);
    await rig.ready(listener.handle, { read: true });
    assert.notEqual(offered(native(rig).first(listener.handle)).id, id);
  });
};
