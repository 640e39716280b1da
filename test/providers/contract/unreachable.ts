import assert from 'node:assert/strict';
import type { Handle } from '../../../src/providers/provider.js';
import type { InternetAddress } from '../../../src/winsock/addresses.js';
import { POLL_EVENTS } from '../../../src/winsock/constants.js';
import { bytes, type Family, type Rig, refused, value } from './rig.js';
import type { Suite } from './suite.js';

/** A bound socket that sends to an unused address, with or without it as its peer, and that address. */
interface Sender {
  readonly handle: Handle;
  readonly unusedAddress: InternetAddress;
  /** Sends to the unused address. */
  send(text: string): void;
}

type Kind = 'with a peer' | 'without a peer';

const sender = (rig: Rig, kind: Kind, family: Family = 'AF_INET'): Sender => {
  const gone = rig.datagram(family);
  const unusedAddress = rig.bind(gone, family);
  const handle = rig.datagram(family);
  rig.bind(handle, family);
  rig.close(gone);
  if (kind === 'with a peer') value(rig.provider.connect(handle, unusedAddress));
  const send = (text: string): void => {
    const sent =
      kind === 'with a peer'
        ? rig.provider.send(handle, bytes(text), 0)
        : rig.provider.sendTo(handle, bytes(text), 0, unusedAddress);
    assert.equal(value(sent), text.length);
  };
  return { handle, unusedAddress, send };
};

/** Expects the next receive to report it, with every receiving call. */
const expectReport = async (
  rig: Rig,
  handle: Handle,
  call: 'recv' | 'recvFrom' | 'recvMsg' = 'recv',
): Promise<void> => {
  await rig.ready(handle, { read: true });
  refused(rig.provider[call](handle, new Uint8Array(8), 0), 'WSAECONNRESET');
};

const nothingWaits = async (rig: Rig, handle: Handle): Promise<void> => {
  refused(rig.provider.recv(handle, new Uint8Array(8), 0), 'WSAEWOULDBLOCK');
  let woken = false;
  rig.watch(handle, { read: true }, () => {
    woken = true;
  });
  await rig.ready(handle, { write: true });
  assert.equal(woken, false);
};

const next = async (rig: Rig, handle: Handle): Promise<string> => {
  const into = Buffer.alloc(64);
  const got = await rig.once(handle, { read: true }, () => rig.provider.recv(handle, into, 0));
  return into.toString('latin1', 0, got.bytes);
};

/** Reports of datagrams to unused ports. */
export const unreachable = (suite: Suite): void => {
  for (const kind of ['with a peer', 'without a peer'] as const) {
    for (const family of suite.families()) {
      suite.case(`unreachable ${kind}: the next receive is WSAECONNRESET (${family})`, async (rig) => {
        const { handle, send } = sender(rig, kind, family);
        for (const call of ['recv', 'recvFrom', 'recvMsg'] as const) {
          send('anyone?');
          await expectReport(rig, handle, call);
          await nothingWaits(rig, handle);
        }
      });
    }

    suite.case(`unreachable ${kind}: the socket stays usable`, async (rig) => {
      const { handle, send } = sender(rig, kind);
      send('anyone?');
      await expectReport(rig, handle);
      const other = rig.datagram();
      const address = rig.bind(other);
      value(rig.provider.connect(handle, address));
      value(rig.provider.send(handle, bytes('you'), 0));
      assert.equal(await next(rig, other), 'you');
    });

    suite.case(`unreachable ${kind}: each unreachable datagram fails one receive`, async (rig) => {
      const { handle, send } = sender(rig, kind);
      for (const text of ['one', 'two', 'three']) send(text);
      for (let i = 0; i < 3; i++) await expectReport(rig, handle);
      await nothingWaits(rig, handle);
    });

    suite.case(`unreachable ${kind}: it fails a receive, not a send`, async (rig) => {
      const { handle, unusedAddress, send } = sender(rig, kind);
      send('anyone?');
      await rig.ready(handle, { read: true });
      const back = rig.datagram();
      value(rig.provider.bind(back, unusedAddress));
      send('you');
      assert.equal(await next(rig, back), 'you');
      await expectReport(rig, handle);
      await nothingWaits(rig, handle);
    });

    suite.case(`unreachable ${kind}: SO_ERROR does not report it`, async (rig) => {
      const { handle, send } = sender(rig, kind);
      send('anyone?');
      await rig.ready(handle, { read: true });
      assert.equal(value(rig.provider.getSockOpt(handle, 'SO_ERROR')), 0);
      await expectReport(rig, handle);
    });

    suite.case(`unreachable ${kind}: poll reports the socket as readable`, async (rig) => {
      const { POLLRDNORM } = POLL_EVENTS;
      const { handle, send } = sender(rig, kind);
      const isReadable = (): boolean =>
        ((value(rig.provider.poll([{ s: handle, events: POLLRDNORM }]))[0] ?? 0) & POLLRDNORM) !== 0;
      assert.ok(!isReadable());
      send('anyone?');
      await rig.until('it is readable', isReadable);
      await expectReport(rig, handle);
      assert.ok(!isReadable());
    });

    suite.case(`unreachable ${kind}: a duplicate reports it too`, async (rig) => {
      const { handle, send } = sender(rig, kind);
      send('one');
      send('two');
      await expectReport(rig, handle);
      await expectReport(rig, rig.own(value(rig.provider.duplicate(handle))));
      await nothingWaits(rig, handle);
    });

    suite.case(`unreachable ${kind}: SIO_UDP_CONNRESET turns the report off and on`, async (rig) => {
      const { handle, send } = sender(rig, kind);
      value(rig.provider.ioctl(handle, 'SIO_UDP_CONNRESET', [0]));
      for (const text of ['one', 'two']) send(text);
      await nothingWaits(rig, handle);
      value(rig.provider.ioctl(handle, 'SIO_UDP_CONNRESET', [1]));
      send('three');
      await expectReport(rig, handle);
      await nothingWaits(rig, handle);
    });
  }

  suite.case('unreachable: other datagrams arrive, with the report on or off', async (rig) => {
    for (const on of [1, 0]) {
      const { handle, send } = sender(rig, 'without a peer');
      value(rig.provider.ioctl(handle, 'SIO_UDP_CONNRESET', [on]));
      send('anyone?');
      const name = value(rig.provider.getSockName(handle));
      value(rig.provider.sendTo(rig.datagram(), bytes('you'), 0, name));
      if (on === 1) await expectReport(rig, handle);
      assert.equal(await next(rig, handle), 'you');
      await nothingWaits(rig, handle);
    }
  });

  suite.case('unreachable: a dual-stack socket reports IPv4 too', async (rig) => {
    if (!suite.families().includes('AF_INET6')) return;
    const gone = rig.datagram();
    const { port } = rig.bind(gone);
    rig.close(gone);
    const handle = rig.datagram('AF_INET6');
    value(rig.provider.setSockOpt(handle, 'IPV6_V6ONLY', false));
    const unusedAddress = { family: 'AF_INET6', address: '::ffff:127.0.0.1', port } as const;
    value(rig.provider.sendTo(handle, bytes('anyone?'), 0, unusedAddress));
    await expectReport(rig, handle);
  });

  suite.case('unreachable: a new peer discards earlier reports', async (rig) => {
    const { handle, send } = sender(rig, 'with a peer');
    for (const text of ['one', 'two']) send(text);
    await expectReport(rig, handle);
    value(rig.provider.connect(handle, rig.bind(rig.datagram())));
    await nothingWaits(rig, handle);
  });
};
