import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LaterEnd } from '../../../src/daemon/sockets/later-end.js';
import { NativeSocket } from '../../../src/daemon/sockets/native-socket.js';
import { UnderlyingSocket } from '../../../src/daemon/sockets/underlying-socket.js';
import type { Handle, Provider } from '../../../src/providers/provider.js';
import { done, fail } from '../../../src/winsock/outcome.js';
import { unlimitedAccount } from '../memory/unlimited-account.js';
import { ManualClock } from '../waiting/manual-clock.js';

/** @param refuses whether the provider refuses disconnect data */
const setup = (refuses = false) => {
  const clock = new ManualClock();
  const account = unlimitedAccount();
  const calls: string[] = [];
  const provider: Partial<Provider> = {
    sendDisconnect: (s, data) => {
      calls.push(`${s} ${data === undefined ? 'end' : Buffer.from(data)}`);
      return refuses && data !== undefined ? fail('WSAEFAULT', 'WSASendDisconnect') : done;
    },
  };
  const underlying = new UnderlyingSocket(true, 'connected', account);
  // A brand for the fake provider, of which only this call is used.
  const idOf = (handle: number) => new NativeSocket(provider as Provider, handle as Handle, underlying);
  const [first, second] = [idOf(1), idOf(2)];
  let settled = 0;
  const end = (data?: string) =>
    new LaterEnd(
      { ms: 100, clock },
      first,
      data === undefined ? undefined : Buffer.from(data),
      account,
      () => settled++,
    );
  return { clock, account, calls, first, second, end, settled: () => settled };
};

test('the end reaches the system when the time is over, with its data', () => {
  const { clock, account, calls, end, settled } = setup();
  end('bye');
  clock.advance(99);
  assert.deepEqual([calls, settled()], [[], 0]);
  assert.ok(account.used > 0);
  clock.advance(1);
  assert.deepEqual([calls, settled(), account.used], [['1 bye'], 1, 0]);
});

test('a close makes it at once, and a reset never', () => {
  for (const [how, expected] of [
    ['close', ['1 end']],
    ['abort', []],
  ] as const) {
    const { clock, account, calls, end, settled } = setup();
    end().settle(how);
    clock.advance(1_000);
    assert.deepEqual([calls, settled(), account.used, clock.pending], [expected, 1, 0, 0]);
  }
});

test('another id makes it when the handle of the first is closed', () => {
  const { clock, calls, first, second, end } = setup();
  const later = end();
  later.moveFrom(second, first);
  later.moveFrom(first, second);
  clock.advance(100);
  assert.deepEqual(calls, ['2 end']);
});

test('if the provider refuses the data, the stream ends without', () => {
  const { clock, calls, end } = setup(true);
  end('far too long');
  clock.advance(100);
  assert.deepEqual(calls, ['1 far too long', '1 end']);
});
