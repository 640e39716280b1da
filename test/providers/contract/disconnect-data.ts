import assert from 'node:assert/strict';
import { SOCKET_TYPES } from '../../../src/winsock/constants.js';
import type { Outcome } from '../../../src/winsock/outcome.js';
import { offers, type ProtocolInfo } from '../../../src/winsock/protocol-info.js';
import { bytes, refused, value } from './rig.js';
import type { Suite } from './suite.js';

const textOf = (data: Uint8Array | undefined): string | undefined =>
  data === undefined ? undefined : Buffer.from(data).toString('latin1');

/** An extension member of a failure. */
const extraOf = (outcome: Outcome<unknown>, name: string): unknown =>
  outcome.ok ? undefined : outcome.extra?.[name];

/** Connect and disconnect data, for the entries that have them. */
export const disconnectData = (suite: Suite): void => {
  const streams = suite.entries.filter((entry) => entry.socketType === SOCKET_TYPES.SOCK_STREAM);
  for (const entry of streams) {
    const { disconnectDataLimit = 0, connectDataLimit = 0 } = entry;
    if (offers(entry, 'XP1_DISCONNECT_DATA')) disconnecting(suite, entry, disconnectDataLimit);
    if (offers(entry, 'XP1_CONNECT_DATA') && connectDataLimit > 0) connecting(suite, entry, connectDataLimit);
  }
};

const disconnecting = (suite: Suite, entry: ProtocolInfo, limit: number): void => {
  const named = (what: string): string => `disconnect data of ${entry.description}: ${what}`;

  suite.case(named('arrives after the bytes, and can be read again'), async (rig) => {
    const { client, server } = await rig.pair({ entry });
    const data = bytes('because'.slice(0, limit));
    await rig.sendAll(client, bytes('bytes'));
    value(rig.provider.sendDisconnect(client, data));
    assert.equal((await rig.recvAll(server)).toString('latin1'), 'bytes');
    for (let i = 0; i < 2; i++) {
      assert.equal(textOf(value(rig.provider.recvDisconnect(server, limit))), textOf(data));
    }
  });

  suite.case(named('travels both ways'), async (rig) => {
    const { client, server } = await rig.pair({ entry });
    value(rig.provider.sendDisconnect(client, bytes('A')));
    await rig.recvAll(server);
    assert.equal(textOf(value(rig.provider.recvDisconnect(server, limit))), 'A');
    await rig.sendAll(server, bytes('rest'));
    value(rig.provider.sendDisconnect(server, bytes('B')));
    assert.equal((await rig.recvAll(client)).toString('latin1'), 'rest');
    assert.equal(textOf(value(rig.provider.recvDisconnect(client, limit))), 'B');
  });

  suite.case(named('is accepted up to the limit; more is WSAEFAULT and changes nothing'), async (rig) => {
    const { client, server } = await rig.pair({ entry });
    const over = rig.provider.sendDisconnect(client, new Uint8Array(limit + 1));
    refused(over, 'WSAEFAULT');
    assert.equal(extraOf(over, 'limit'), limit);
    await rig.sendAll(client, bytes('open'));
    value(rig.provider.sendDisconnect(client, new Uint8Array(limit).fill(7)));
    assert.equal((await rig.recvAll(server)).toString('latin1'), 'open');
    assert.equal(value(rig.provider.recvDisconnect(server, limit))?.byteLength, limit);
  });

  suite.case(named('too little room is WSAEFAULT with the length, and changes nothing'), async (rig) => {
    const { client, server } = await rig.pair({ entry });
    value(rig.provider.sendDisconnect(client, bytes('abc')));
    await rig.recvAll(server);
    const short = rig.provider.recvDisconnect(server, 2);
    refused(short, 'WSAEFAULT');
    assert.equal(extraOf(short, 'requiredLength'), 3);
    assert.equal((await rig.recv(server)).byteLength, 0, 'receiving was not shut down');
    assert.equal(textOf(value(rig.provider.recvDisconnect(server, 3))), 'abc');
  });

  suite.case(
    named('a second call with other data is WSAESHUTDOWN, one without data succeeds'),
    async (rig) => {
      const { client, server } = await rig.pair({ entry });
      value(rig.provider.sendDisconnect(client, bytes('one')));
      refused(rig.provider.sendDisconnect(client, bytes('two')), 'WSAESHUTDOWN');
      value(rig.provider.sendDisconnect(client));
      await rig.recvAll(server);
      assert.equal(textOf(value(rig.provider.recvDisconnect(server, limit))), 'one');
    },
  );

  suite.case(named('is lost by an abortive close'), async (rig) => {
    const { client, server } = await rig.pair({ entry });
    rig.abort(client);
    await rig.ready(server, { read: true });
    refused(rig.provider.recv(server, new Uint8Array(8), 0), 'WSAECONNRESET');
    assert.equal(value(rig.provider.recvDisconnect(server, limit))?.byteLength ?? 0, 0);
  });
};

const connecting = (suite: Suite, entry: ProtocolInfo, limit: number): void => {
  const named = (what: string): string => `connect data of ${entry.description}: ${what}`;

  suite.case(named('travels with the offer and with the answer'), async (rig) => {
    const listener = rig.listener({ entry });
    const client = rig.open(entry);
    const begun = rig.provider.connect(client, listener.address, bytes('caller'));
    if (!begun.ok) refused(begun, 'WSAEWOULDBLOCK');
    const accepted = await rig.once(listener.handle, { read: true }, () =>
      rig.provider.accept(listener.handle, bytes('callee')),
    );
    rig.own(accepted.handle);
    assert.equal(textOf(accepted.callerData), 'caller');
    const connected = await rig.once(client, { write: true }, () => rig.provider.finishConnect(client));
    assert.equal(textOf(connected.calleeData), 'callee');
  });

  suite.case(named('more than the limit is WSAEFAULT and begins nothing'), (rig) => {
    const listener = rig.listener({ entry });
    const client = rig.open(entry);
    refused(rig.provider.connect(client, listener.address, new Uint8Array(limit + 1)), 'WSAEFAULT');
    refused(rig.provider.getPeerName(client), 'WSAENOTCONN');
  });
};
