import assert from 'node:assert/strict';
import { SOCKET_TYPES } from '../../../src/winsock/constants.js';
import type { Outcome } from '../../../src/winsock/outcome.js';
import { offers, type ProtocolInfo } from '../../../src/winsock/protocol-info.js';
import { bytes, refused, value } from './case-sockets.js';
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

  suite.case(named('arrives after the bytes, and can be read again'), async (sockets) => {
    const { client, server } = await sockets.pair({ entry });
    const data = bytes('because'.slice(0, limit));
    await sockets.sendAll(client, bytes('bytes'));
    value(sockets.provider.sendDisconnect(client, data));
    assert.equal((await sockets.recvAll(server)).toString('latin1'), 'bytes');
    for (let i = 0; i < 2; i++) {
      assert.equal(textOf(value(sockets.provider.recvDisconnect(server, limit))), textOf(data));
    }
  });

  suite.case(named('travels both ways'), async (sockets) => {
    const { client, server } = await sockets.pair({ entry });
    value(sockets.provider.sendDisconnect(client, bytes('A')));
    await sockets.recvAll(server);
    assert.equal(textOf(value(sockets.provider.recvDisconnect(server, limit))), 'A');
    await sockets.sendAll(server, bytes('rest'));
    value(sockets.provider.sendDisconnect(server, bytes('B')));
    assert.equal((await sockets.recvAll(client)).toString('latin1'), 'rest');
    assert.equal(textOf(value(sockets.provider.recvDisconnect(client, limit))), 'B');
  });

  suite.case(named('is accepted up to the limit; more is WSAEFAULT and changes nothing'), async (sockets) => {
    const { client, server } = await sockets.pair({ entry });
    const over = sockets.provider.sendDisconnect(client, new Uint8Array(limit + 1));
    refused(over, 'WSAEFAULT');
    assert.equal(extraOf(over, 'limit'), limit);
    await sockets.sendAll(client, bytes('open'));
    value(sockets.provider.sendDisconnect(client, new Uint8Array(limit).fill(7)));
    assert.equal((await sockets.recvAll(server)).toString('latin1'), 'open');
    assert.equal(value(sockets.provider.recvDisconnect(server, limit))?.byteLength, limit);
  });

  suite.case(named('too little room is WSAEFAULT with the length, and changes nothing'), async (sockets) => {
    const { client, server } = await sockets.pair({ entry });
    value(sockets.provider.sendDisconnect(client, bytes('abc')));
    await sockets.recvAll(server);
    const short = sockets.provider.recvDisconnect(server, 2);
    refused(short, 'WSAEFAULT');
    assert.equal(extraOf(short, 'requiredLength'), 3);
    assert.equal((await sockets.recv(server)).byteLength, 0, 'receiving was not shut down');
    assert.equal(textOf(value(sockets.provider.recvDisconnect(server, 3))), 'abc');
  });

  suite.case(
    named('a second call with other data is WSAESHUTDOWN, one without data succeeds'),
    async (sockets) => {
      const { client, server } = await sockets.pair({ entry });
      value(sockets.provider.sendDisconnect(client, bytes('one')));
      refused(sockets.provider.sendDisconnect(client, bytes('two')), 'WSAESHUTDOWN');
      value(sockets.provider.sendDisconnect(client));
      await sockets.recvAll(server);
      assert.equal(textOf(value(sockets.provider.recvDisconnect(server, limit))), 'one');
    },
  );

  suite.case(named('is lost by an abortive close'), async (sockets) => {
    const { client, server } = await sockets.pair({ entry });
    sockets.abort(client);
    await sockets.ready(server, { read: true });
    refused(sockets.provider.recv(server, new Uint8Array(8), 0), 'WSAECONNRESET');
    assert.equal(value(sockets.provider.recvDisconnect(server, limit))?.byteLength ?? 0, 0);
  });
};

const connecting = (suite: Suite, entry: ProtocolInfo, limit: number): void => {
  const named = (what: string): string => `connect data of ${entry.description}: ${what}`;

  suite.case(named('travels with the offer and with the answer'), async (sockets) => {
    const listener = sockets.listener({ entry });
    const client = sockets.open(entry);
    const begun = sockets.provider.connect(client, listener.address, bytes('caller'));
    if (!begun.ok) refused(begun, 'WSAEWOULDBLOCK');
    const accepted = await sockets.once(listener.handle, { read: true }, () =>
      sockets.provider.accept(listener.handle, bytes('callee')),
    );
    sockets.own(accepted.handle);
    assert.equal(textOf(accepted.callerData), 'caller');
    const connected = await sockets.once(client, { write: true }, () =>
      sockets.provider.finishConnect(client),
    );
    assert.equal(textOf(connected.calleeData), 'callee');
  });

  suite.case(named('more than the limit is WSAEFAULT and begins nothing'), (sockets) => {
    const listener = sockets.listener({ entry });
    const client = sockets.open(entry);
    refused(sockets.provider.connect(client, listener.address, new Uint8Array(limit + 1)), 'WSAEFAULT');
    refused(sockets.provider.getPeerName(client), 'WSAENOTCONN');
  });
};
