import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { describe, it } from 'node:test';
import koffi from 'koffi';
import { type Libc, loadLibc } from '../../../src/providers/posix/library.js';
import { bytes, refused, turn, value } from '../contract/case-sockets.js';
import { posixSockets } from './posix-sockets.js';

const ET = 0x80000000;

describe('edge-triggered watches', () => {
  it('wake only for their own socket, even when one stops another', async (t) => {
    const sockets = posixSockets(t);
    const { arrivals } = sockets.provider;
    assert.ok(arrivals);
    const pairs = [await sockets.pair(), await sockets.pair(), await sockets.pair()];
    const woken: number[] = [];
    const watches = pairs.map(({ server }, i) =>
      value(
        arrivals.watch(server, 0, () => {
          woken.push(i);
          if (i === 0) watches[1]?.stop();
        }),
      ),
    );
    await sockets.sendAll(pairs[0]?.client ?? assert.fail(), bytes('x'));
    await sockets.until('the first wakes', () => woken.length > 0);
    for (const { client } of pairs.slice(1)) await sockets.sendAll(client, bytes('x'));
    await sockets.until('the last wakes', () => woken.length > 1);
    for (let i = 0; i < 5; i++) await turn();
    assert.deepEqual(woken, [0, 2]);
  });

  it('are limited to one for each descriptor', async (t) => {
    const sockets = posixSockets(t);
    const { arrivals } = sockets.provider;
    assert.ok(arrivals);
    const { server } = await sockets.pair();
    const watch = value(arrivals.watch(server, 0, () => assert.fail('nothing arrives')));
    assert.throws(() => arrivals.watch(server, 0, () => assert.fail('a second one')), Error);
    watch.stop();
  });

  it('are refused with WSAENOBUFS when the system watches no more, and leave nothing behind', async (t) => {
    const libc = loadLibc();
    const fault = { due: false };
    const faulty: Libc = {
      ...libc,
      epoll_ctl: (epfd, op, fd, event) => {
        if (!fault.due || !(Buffer.from(event).readUInt32LE(0) & ET))
          return libc.epoll_ctl(epfd, op, fd, event);
        koffi.errno(constants.errno.ENOSPC);
        return -1;
      },
    };
    const sockets = posixSockets(t, faulty);
    const { arrivals } = sockets.provider;
    assert.ok(arrivals);
    const { server } = await sockets.pair();
    fault.due = true;
    refused(
      arrivals.watch(server, 0, () => assert.fail('refused')),
      'WSAENOBUFS',
    );
    sockets.close(server);
  });
});
