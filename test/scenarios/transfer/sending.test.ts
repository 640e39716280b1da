/** Sends that are sent only in part: their answers, and their journal entries. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { v4 } from '../../addresses.js';
import { PROVIDERS, startDaemon, startSession } from '../test-daemon.js';

for (const provider of PROVIDERS) {
  describe(`short sends on ${provider}`, () => {
    test('a send that is reset after some bytes answers their number, the next one the code', async (t) => {
      if (provider !== 'posix')
        return t.skip('Winsock takes a send whole, of any size, while its buffer has room; Linux does not');
      const daemon = await startDaemon(t);
      const [sender, receiver] = await (await startSession(daemon, provider)).pair();
      await sender.setOption('SOL_SOCKET', 'SO_SNDBUF', { integer: 1 << 16 });
      await receiver.setOption('SOL_SOCKET', 'SO_RCVBUF', { integer: 1 << 16 });
      const given = 1 << 22;
      const waiting = sender.answer('send', {
        data: { base64: Buffer.alloc(given, 'x').toString('base64') },
      });
      await sender.untilBusy();
      await receiver.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 0 } });
      await receiver.ok('close');
      const { status, body } = await waiting;
      assert.equal(status, 200, JSON.stringify(body));
      assert.ok(body.bytesSent > 0 && body.bytesSent < given, `${body.bytesSent} bytes went`);
      const next = await sender.problem('send', { data: { text: 'more' } });
      assert.match(next.name, /^WSAECONN(RESET|ABORTED)$/);
    });

    test('the capture of a short send ends where the send did', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const sender = await session.socket({
        family: 'AF_INET',
        type: 'SOCK_STREAM',
        capture: { maxBytes: 100 },
        faults: [{ operation: 'send', effect: 'slice', bytes: 2 }],
      });
      await sender.ok('connect', { address: await listener.sockName() });
      assert.equal((await sender.ok('send', { data: { text: 'together' } })).bytesSent, 2);
      const buffers = [{ text: 'a' }, { text: 'part' }];
      assert.equal((await sender.ok('send', { buffers })).bytesSent, 2);
      const { entries } = await daemon.api.ok.get(`/v1/sockets/${sender.id}/journal`);
      const [whole, gathered] = entries.slice(-2);
      assert.deepEqual([whole.bytesSent, whole.data], [2, { len: 2, base64: 'dG8=' }]);
      assert.deepEqual([gathered.bytesSent, gathered.data], [2, { len: 2, base64: 'YXA=' }]);
    });
  });
}

test('a failed first datagram still binds the socket (lab)', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  for (const call of ['sendTo', 'sendMsg']) {
    const socket = await session.datagram();
    const params = { address: v4('198.51.100.1', 9), data: { text: 'x' } };
    assert.equal((await socket.problem(call, params)).name, 'WSAEHOSTUNREACH');
    assert.equal((await socket.info()).state, 'bound');
    assert.notEqual((await socket.sockName()).port, 0);
  }
});
