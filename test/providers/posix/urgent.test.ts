import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { loadLibc } from '../../../src/providers/posix/library.js';
import { POLL_EVENTS, SEND_FLAGS } from '../../../src/winsock/constants.js';
import { bytes, value } from '../contract/case-sockets.js';
import { posixSockets } from './posix-sockets.js';

/** Urgent data that poll(2) reports and WSAPoll does not. */

const { POLLRDNORM, POLLRDBAND } = POLL_EVENTS;

describe('poll and urgent data', () => {
  it('with SO_OOBINLINE the urgent byte is an ordinary byte', async (t) => {
    const sockets = posixSockets(t);
    const { client, server } = await sockets.pair();
    const look = (): number | undefined =>
      value(sockets.provider.poll([{ s: server, events: POLLRDNORM | POLLRDBAND }]))[0];
    value(sockets.provider.setSockOpt(server, 'SO_OOBINLINE', true));
    value(sockets.provider.send(client, bytes('!'), SEND_FLAGS.MSG_OOB));
    await sockets.ready(server, { read: true });
    assert.equal(look(), POLLRDNORM);
    // Out of line it is urgent again: the system has reported it all the time.
    value(sockets.provider.setSockOpt(server, 'SO_OOBINLINE', false));
    assert.notEqual((look() ?? 0) & POLLRDBAND, 0);
  });

  it('AF_UNIX has no urgent data, even if a Linux peer sends some', async (t) => {
    const sockets = posixSockets(t);
    const listener = sockets.unix();
    const address = { family: 'AF_UNIX', path: join(sockets.folder(), 's') } as const;
    value(sockets.provider.bind(listener, address));
    value(sockets.provider.listen(listener, 1));
    const client = sockets.unix();
    value(sockets.provider.connect(client, address));
    const { handle: server } = await sockets.accept(listener);
    if (loadLibc().send(client, bytes('!'), 1, SEND_FLAGS.MSG_OOB) !== 1) {
      t.skip('this kernel was built without CONFIG_AF_UNIX_OOB');
      return;
    }
    value(sockets.provider.send(client, bytes('x'), 0));
    await sockets.ready(server, { read: true });
    assert.equal(
      value(sockets.provider.poll([{ s: server, events: POLLRDNORM | POLLRDBAND }]))[0],
      POLLRDNORM,
    );
  });
});
