import assert from 'node:assert/strict';
import type { Handle, NativeOffers } from '../../../src/providers/provider.js';
import { SOCKET_TYPES } from '../../../src/winsock/constants.js';
import { offers, type ProtocolInfo } from '../../../src/winsock/protocol-info.js';
import { bytes, familyOf, internet, type Listener, loopback, type Rig, refused, value } from './rig.js';
import type { Suite } from './suite.js';

const native = ({ provider }: Rig): NativeOffers => {
  assert.ok(provider.offers, 'an entry with connect data lets its listener decide');
  return provider.offers;
};

/** A listener whose callers wait for its decision. */
const deciding = (rig: Rig, entry: ProtocolInfo): Listener => {
  const handle = rig.open(entry);
  value(rig.provider.setSockOpt(handle, 'SO_CONDITIONAL_ACCEPT', true));
  value(rig.provider.bind(handle, loopback(familyOf(entry))));
  value(rig.provider.listen(handle, 5));
  return { handle, address: internet(value(rig.provider.getSockName(handle))) };
};

const calling = (rig: Rig, entry: ProtocolInfo, to: Listener, data?: Uint8Array): Handle => {
  const caller = rig.open(entry);
  refused(rig.provider.connect(caller, to.address, data), 'WSAEWOULDBLOCK');
  return caller;
};

/** Offers that wait for a decision, for the entries that have connect data. */
export const nativeOffers = (suite: Suite): void => {
  const able = (entry: ProtocolInfo): boolean =>
    entry.socketType === SOCKET_TYPES.SOCK_STREAM && offers(entry, 'XP1_CONNECT_DATA');
  for (const entry of suite.entries.filter(able)) deciders(suite, entry);
};

const deciders = (suite: Suite, entry: ProtocolInfo): void => {
  const named = (what: string): string => `offers of ${entry.description}: ${what}`;
  const limit = entry.disconnectDataLimit ?? 0;
  const hasConnectData = (entry.connectDataLimit ?? 0) > 0;

  suite.case(named('the caller waits until it is accepted, with or without connect data'), async (rig) => {
    for (const data of hasConnectData ? [undefined, bytes('who')] : [undefined]) {
      const listener = deciding(rig, entry);
      refused(native(rig).first(listener.handle), 'WSAEWOULDBLOCK');
      const caller = calling(rig, entry, listener, data);
      await rig.ready(listener.handle, { read: true });
      const offer = value(native(rig).first(listener.handle));
      assert.deepEqual(offer.callerData && Buffer.from(offer.callerData), data);
      assert.deepEqual(value(native(rig).first(listener.handle)), offer, 'it stays, and is the same');
      refused(rig.provider.finishConnect(caller), 'WSAEWOULDBLOCK');
      const { remote } = await rig.accept(listener.handle);
      assert.deepEqual(remote, offer.remote);
      value(await rig.ended(caller));
    }
  });

  suite.case(named('a rejection refuses the caller, and may carry disconnect data'), async (rig) => {
    const listener = deciding(rig, entry);
    const caller = calling(rig, entry, listener);
    await rig.ready(listener.handle, { read: true });
    const { id } = value(native(rig).first(listener.handle));
    refused(native(rig).reject(listener.handle, new Uint8Array(limit + 1)), 'WSAEFAULT');
    assert.equal(value(native(rig).reject(listener.handle, bytes('no'))).id, id);
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
    const caller = calling(rig, entry, listener);
    value(await rig.ended(caller));
    await rig.ready(listener.handle, { read: true });
    refused(native(rig).reject(listener.handle, bytes('no')), 'WSAEOPNOTSUPP');
    value(native(rig).first(listener.handle));
    value(native(rig).reject(listener.handle));
    await rig.ready(caller, { hangup: true });
    refused(rig.provider.recv(caller, new Uint8Array(1), 0), 'WSAECONNRESET');
  });

  suite.case(named('one withdrawn is told once'), async (rig) => {
    const listener = deciding(rig, entry);
    const caller = calling(rig, entry, listener);
    await rig.ready(listener.handle, { read: true });
    const { id } = value(native(rig).first(listener.handle));
    rig.close(caller);
    refused(native(rig).first(listener.handle), 'WSAECONNRESET');
    refused(native(rig).first(listener.handle), 'WSAEWOULDBLOCK');
    calling(rig, entry, listener);
    await rig.ready(listener.handle, { read: true });
    assert.notEqual(value(native(rig).first(listener.handle)).id, id);
  });

  suite.case(named('only a listener has them'), (rig) => {
    refused(native(rig).first(rig.open(entry)), 'WSAEINVAL');
    refused(native(rig).reject(rig.open(entry)), 'WSAEINVAL');
  });
};
