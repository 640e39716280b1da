import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { describe, it } from 'node:test';
import koffi from 'koffi';
import { type Libc, loadLibc } from '../../../src/providers/posix/library.js';
import { bytes, refused, turn, value } from '../contract/rig.js';
import { rigOf } from './rig-of.js';

const ET = 0x80000000;

describe('edge-triggered watches', () => {
  it('wake only for their own socket, even when one stops another', async (t) => {
    const rig = rigOf(t);
    const { arrivals } = rig.provider;
    assert.ok(arrivals);
    const pairs = [await rig.pair(), await rig.pair(), await rig.pair()];
    const woken: number[] = [];
    const watches = pairs.map(({ server }, i) =>
      value(
        arrivals.watch(server, 0, () => {
          woken.push(i);
          if (i === 0) watches[1]?.stop();
        }),
      ),
    );
    await rig.sendAll(pairs[0]?.client ?? assert.fail(), bytes('x'));
    await rig.until('the first wakes', () => woken.length > 0);
    for (const { client } of pairs.slice(1)) await rig.sendAll(client, bytes('x'));
    await rig.until('the last wakes', () => woken.length > 1);
    for (let i = 0; i < 5; i++) await turn();
    assert.deepEqual(woken, [0, 2]);
  });

  it('are limited to one for each descriptor', async (t) => {
    const rig = rigOf(t);
    const { arrivals } = rig.provider;
    assert.ok(arrivals);
    const { server } = await rig.pair();
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
    const rig = rigOf(t, faulty);
    const { arrivals } = rig.provider;
    assert.ok(arrivals);
    const { server } = await rig.pair();
    fault.due = true;
    refused(
      arrivals.watch(server, 0, () => assert.fail('refused')),
      'WSAENOBUFS',
    );
    rig.close(server);
  });
});
