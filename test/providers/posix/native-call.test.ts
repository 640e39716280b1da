import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { describe, it } from 'node:test';
import koffi from '../../../src/providers/native/koffi.js';
import { loadLibc } from '../../../src/providers/posix/library.js';
import { call } from '../../../src/providers/posix/native-call.js';
import { PosixProvider } from '../../../src/providers/posix/posix-provider.js';
import { CaseSockets, refused, value } from '../contract/case-sockets.js';

/** A native function that fails as Linux does: -1, and the reason in errno. */
const failing = (errno: number) => (): number => {
  koffi.errno(errno);
  return -1;
};

describe('call', () => {
  it('returns the result of a call that succeeds', () => {
    const seen: unknown[] = [];
    const native = (fd: number, text: string): number => {
      seen.push(fd, text);
      return 42;
    };
    assert.deepEqual(call('f', native, 7, 'x'), { ok: true, value: 42 });
    assert.deepEqual(seen, [7, 'x']);
  });

  it('returns the function and the code of a call that fails: ENETDOWN is 10050', () => {
    const outcome = call('WSASendDisconnect', failing(constants.errno.ENETDOWN));
    assert.deepEqual(outcome, { ok: false, code: 10050, call: 'WSASendDisconnect' });
  });

  it('reports the errno when Winsock has no code for it', () => {
    const outcome = call('bind', failing(constants.errno.EXDEV));
    assert.deepEqual(outcome, { ok: false, code: 10107, call: 'bind', detail: 'errno 18' });
  });

  it('reads the errno of a real call', () => {
    const libc = loadLibc();
    for (let i = 0; i < 1000; i++) {
      assert.deepEqual(call('listen', libc.listen, -1, 1), { ok: false, code: 10038, call: 'listen' });
    }
  });
});

describe('a system call that fails', () => {
  it('is WSAENETDOWN from sendDisconnect, and nothing is shut down', async () => {
    let down = true;
    const libc = loadLibc();
    const shutdown = (fd: number, how: number): number =>
      down ? failing(constants.errno.ENETDOWN)() : libc.shutdown(fd, how);
    const provider = PosixProvider.load({ ...libc, shutdown });
    const sockets = new CaseSockets(provider, {});
    try {
      const { client, server } = await sockets.pair();
      const outcome = provider.sendDisconnect(client);
      refused(outcome, 'WSAENETDOWN');
      assert.equal(!outcome.ok && outcome.call, 'WSASendDisconnect');
      await sockets.sendAll(client, Buffer.from('open'));
      down = false;
      value(provider.sendDisconnect(client));
      assert.equal((await sockets.recvAll(server)).toString(), 'open');
    } finally {
      sockets.end();
      provider.dispose();
    }
  });

  it('is WSAECONNRESET from accept for a pending connection that was aborted', () => {
    const provider = PosixProvider.load({ ...loadLibc(), accept4: failing(constants.errno.ECONNABORTED) });
    const sockets = new CaseSockets(provider, {});
    refused(provider.accept(sockets.listener().handle), 'WSAECONNRESET');
    sockets.end();
    provider.dispose();
  });
});
