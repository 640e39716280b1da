import assert from 'node:assert/strict';
import type { Handle } from '../../../src/providers/provider.js';
import type { InternetAddress } from '../../../src/winsock/addresses.js';
import { POLL_EVENTS } from '../../../src/winsock/constants.js';
import { bytes, type CaseSockets, type Family, refused, value } from './case-sockets.js';
import type { Suite } from './suite.js';

/** A bound socket that sends to an unused address, with or without it as its peer, and that address. */
interface Sender {
  readonly handle: Handle;
  readonly unusedAddress: InternetAddress;
  /** Sends to the unused address. */
  send(text: string): void;
}

type Kind = 'with a peer' | 'without a peer';

const sender = (sockets: CaseSockets, kind: Kind, family: Family = 'AF_INET'): Sender => {
  const gone = sockets.datagram(family);
  const unusedAddress = sockets.bind(gone, family);
  const handle = sockets.datagram(family);
  sockets.bind(handle, family);
  sockets.close(gone);
  if (kind === 'with a peer') value(sockets.provider.connect(handle, unusedAddress));
  const send = (text: string): void => {
    const sent =
      kind === 'with a peer'
        ? sockets.provider.send(handle, bytes(text), 0)
        : sockets.provider.sendTo(handle, bytes(text), 0, unusedAddress);
    assert.equal(value(sent), text.length);
  };
  return { handle, unusedAddress, send };
};

/** Expects the next receive to report it, with every receiving call. */
const expectReport = async (
  sockets: CaseSockets,
  handle: Handle,
  call: 'recv' | 'recvFrom' | 'recvMsg' = 'recv',
): Promise<void> => {
  await sockets.ready(handle, { read: true });
  refused(sockets.provider[call](handle, new Uint8Array(8), 0), 'WSAECONNRESET');
};

const nothingWaits = async (sockets: CaseSockets, handle: Handle): Promise<void> => {
  refused(sockets.provider.recv(handle, new Uint8Array(8), 0), 'WSAEWOULDBLOCK');
  let woken = false;
  sockets.watch(handle, { read: true }, () => {
    woken = true;
  });
  await sockets.ready(handle, { write: true });
  assert.equal(woken, false);
};

const next = async (sockets: CaseSockets, handle: Handle): Promise<string> => {
  const into = Buffer.alloc(64);
  const got = await sockets.once(handle, { read: true }, () => sockets.provider.recv(handle, into, 0));
  return into.toString('latin1', 0, got.bytes);
};

/** Reports of datagrams to unused ports. */
export const unreachable = (suite: Suite): void => {
  for (const kind of ['with a peer', 'without a peer'] as const) {
    for (const family of suite.families()) {
      suite.case(`unreachable ${kind}: the next receive is WSAECONNRESET (${family})`, async (sockets) => {
        const { handle, send } = sender(sockets, kind, family);
        for (const call of ['recv', 'recvFrom', 'recvMsg'] as const) {
          send('anyone?');
          await expectReport(sockets, handle, call);
          await nothingWaits(sockets, handle);
        }
      });
    }

    suite.case(`unreachable ${kind}: the socket stays usable`, async (sockets) => {
      const { handle, send } = sender(sockets, kind);
      send('anyone?');
      await expectReport(sockets, handle);
      const other = sockets.datagram();
      const address = sockets.bind(other);
      value(sockets.provider.connect(handle, address));
      value(sockets.provider.send(handle, bytes('you'), 0));
      assert.equal(await next(sockets, other), 'you');
    });

    suite.case(`unreachable ${kind}: each unreachable datagram fails one receive`, async (sockets) => {
      const { handle, send } = sender(sockets, kind);
      for (const text of ['one', 'two', 'three']) send(text);
      for (let i = 0; i < 3; i++) await expectReport(sockets, handle);
      await nothingWaits(sockets, handle);
    });

    suite.case(`unreachable ${kind}: it fails a receive, not a send`, async (sockets) => {
      const { handle, unusedAddress, send } = sender(sockets, kind);
      send('anyone?');
      await sockets.ready(handle, { read: true });
      const back = sockets.datagram();
      value(sockets.provider.bind(back, unusedAddress));
      send('you');
      assert.equal(await next(sockets, back), 'you');
      await expectReport(sockets, handle);
      await nothingWaits(sockets, handle);
    });

    suite.case(`unreachable ${kind}: SO_ERROR does not report it`, async (sockets) => {
      const { handle, send } = sender(sockets, kind);
      send('anyone?');
      await sockets.ready(handle, { read: true });
      assert.equal(value(sockets.provider.getSockOpt(handle, 'SO_ERROR')), 0);
      await expectReport(sockets, handle);
    });

    suite.case(`unreachable ${kind}: poll reports the socket as readable`, async (sockets) => {
      const { POLLRDNORM } = POLL_EVENTS;
      const { handle, send } = sender(sockets, kind);
      const isReadable = (): boolean =>
        ((value(sockets.provider.poll([{ s: handle, events: POLLRDNORM }]))[0] ?? 0) & POLLRDNORM) !== 0;
      assert.ok(!isReadable());
      send('anyone?');
      await sockets.until('it is readable', isReadable);
      await expectReport(sockets, handle);
      assert.ok(!isReadable());
    });

    suite.case(`unreachable ${kind}: a duplicate reports it too`, async (sockets) => {
      const { handle, send } = sender(sockets, kind);
      send('one');
      send('two');
      await expectReport(sockets, handle);
      await expectReport(sockets, sockets.own(value(sockets.provider.duplicate(handle))));
      await nothingWaits(sockets, handle);
    });

    suite.case(`unreachable ${kind}: SIO_UDP_CONNRESET turns the report off and on`, async (sockets) => {
      const { handle, send } = sender(sockets, kind);
      value(sockets.provider.ioctl(handle, 'SIO_UDP_CONNRESET', [0]));
      for (const text of ['one', 'two']) send(text);
      await nothingWaits(sockets, handle);
      value(sockets.provider.ioctl(handle, 'SIO_UDP_CONNRESET', [1]));
      send('three');
      await expectReport(sockets, handle);
      await nothingWaits(sockets, handle);
    });
  }

  suite.case('unreachable: other datagrams arrive, with the report on or off', async (sockets) => {
    for (const on of [1, 0]) {
      const { handle, send } = sender(sockets, 'without a peer');
      value(sockets.provider.ioctl(handle, 'SIO_UDP_CONNRESET', [on]));
      send('anyone?');
      const name = value(sockets.provider.getSockName(handle));
      value(sockets.provider.sendTo(sockets.datagram(), bytes('you'), 0, name));
      if (on === 1) await expectReport(sockets, handle);
      assert.equal(await next(sockets, handle), 'you');
      await nothingWaits(sockets, handle);
    }
  });

  suite.case('unreachable: a dual-stack socket reports IPv4 too', async (sockets) => {
    if (!suite.families().includes('AF_INET6')) return;
    const gone = sockets.datagram();
    const { port } = sockets.bind(gone);
    sockets.close(gone);
    const handle = sockets.datagram('AF_INET6');
    value(sockets.provider.setSockOpt(handle, 'IPV6_V6ONLY', false));
    const unusedAddress = { family: 'AF_INET6', address: '::ffff:127.0.0.1', port } as const;
    value(sockets.provider.sendTo(handle, bytes('anyone?'), 0, unusedAddress));
    await expectReport(sockets, handle);
  });

  suite.case('unreachable: a new peer discards earlier reports', async (sockets) => {
    const { handle, send } = sender(sockets, 'with a peer');
    for (const text of ['one', 'two']) send(text);
    await expectReport(sockets, handle);
    value(sockets.provider.connect(handle, sockets.bind(sockets.datagram())));
    await nothingWaits(sockets, handle);
  });
};
