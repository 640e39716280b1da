import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { loadLibc } from '../../../src/providers/posix/library.js';
import { POLL_EVENTS, SEND_FLAGS } from '../../../src/winsock/constants.js';
import { bytes, value } from '../contract/rig.js';
import { rigOf } from './rig-of.js';

/** Urgent data that poll(2) reports and WSAPoll does not. */

const { POLLRDNORM, POLLRDBAND } = POLL_EVENTS;

describe('poll and urgent data', () => {
  it('with SO_OOBINLINE the urgent byte is an ordinary byte', async (t) => {
    const rig = rigOf(t);
    const { client, server } = await rig.pair();
    const look = (): number | undefined =>
      value(rig.provider.poll([{ s: server, events: POLLRDNORM | POLLRDBAND }]))[0];
    value(rig.provider.setSockOpt(server, 'SO_OOBINLINE', true));
    value(rig.provider.send(client, bytes('!'), SEND_FLAGS.MSG_OOB));
    await rig.ready(server, { read: true });
    assert.equal(look(), POLLRDNORM);
    // Out of line it is urgent again: the system has reported it all the time.
    value(rig.provider.setSockOpt(server, 'SO_OOBINLINE', false));
    assert.notEqual((look() ?? 0) & POLLRDBAND, 0);
  });

  it('AF_UNIX has no urgent data, even if a Linux peer sends some', async (t) => {
    const rig = rigOf(t);
    const listener = rig.unix();
    const address = { family: 'AF_UNIX', path: join(rig.folder(), 's') } as const;
    value(rig.provider.bind(listener, address));
    value(rig.provider.listen(listener, 1));
    const client = rig.unix();
    value(rig.provider.connect(client, address));
    const { handle: server } = await rig.accept(listener);
    if (loadLibc().send(client, bytes('!'), 1, SEND_FLAGS.MSG_OOB) !== 1) {
      t.skip('this kernel was built without CONFIG_AF_UNIX_OOB');
      return;
    }
    value(rig.provider.send(client, bytes('x'), 0));
    await rig.ready(server, { read: true });
    assert.equal(value(rig.provider.poll([{ s: server, events: POLLRDNORM | POLLRDBAND }]))[0], POLLRDNORM);
  });
});
