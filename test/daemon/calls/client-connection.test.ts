import assert from 'node:assert/strict';
import test from 'node:test';
import { ClientConnection } from '../../../src/daemon/calls/client-connection.js';
import { Lease } from '../../../src/daemon/sessions/lease.js';
import { ManualClock } from '../waiting/manual-clock.js';

const setUp = () => {
  const clock = new ManualClock();
  const expired: string[] = [];
  const session = (name: string) => ({
    name,
    lease: new Lease({ clock, seconds: 10, isUsed: () => false, onExpiry: () => expired.push(name) }),
    connections: new Set<ClientConnection>(),
  });
  return { clock, expired, session };
};

test('the lease of a session in use does not run; from the close on it runs whole', () => {
  const { clock, expired, session } = setUp();
  const connection = new ClientConnection();
  const one = session('one');
  clock.advance(9000);
  connection.use(one);
  connection.use(one);
  clock.advance(100_000);
  assert.deepEqual(expired, []);
  connection.close();
  clock.advance(9999);
  assert.deepEqual(expired, []);
  clock.advance(1);
  assert.deepEqual(expired, ['one']);
  assert.equal(one.connections.size, 0);
});

test('with two connections the lease runs from the close of the last', () => {
  const { clock, expired, session } = setUp();
  const [first, last] = [new ClientConnection(), new ClientConnection()];
  const one = session('one');
  for (const connection of [first, last]) connection.use(one);
  first.close();
  clock.advance(100_000);
  assert.deepEqual([expired, [...one.connections]], [[], [last]]);
  last.close();
  clock.advance(10_000);
  assert.deepEqual(expired, ['one']);
});

test('sessions that end with the connection end when it closes, once', () => {
  const { session } = setUp();
  const connection = new ClientConnection();
  const ended: string[] = [];
  for (const name of ['a', 'b']) connection.endWith(session(name), () => ended.push(name));
  connection.use(session('c'));
  assert.deepEqual(ended, []);
  connection.close();
  connection.close();
  assert.deepEqual(ended, ['a', 'b']);
});

test('a session that has ended before is forgotten', () => {
  const { session } = setUp();
  const connection = new ClientConnection();
  const one = session('one');
  connection.endWith(one, () => assert.fail('it has ended'));
  connection.forget(one);
  connection.close();
});

test('ten thousand sessions, begun and ended, leave nothing behind', () => {
  const { session } = setUp();
  const connection = new ClientConnection();
  for (let n = 0; n < 10_000; n++) {
    const one = session(`${n}`);
    connection.endWith(one, () => assert.fail('it has ended'));
    assert.equal(connection.size, 1);
    connection.forget(one);
    one.lease.end();
  }
  assert.equal(connection.size, 0);
  connection.close();
});

test('a connection that has closed holds nothing, and ends at once what is to end with it', () => {
  const { clock, expired, session } = setUp();
  const connection = new ClientConnection();
  connection.close();
  const one = session('one');
  connection.use(one);
  assert.equal(one.connections.size, 0);
  let ends = 0;
  connection.endWith(session('two'), () => {
    ends++;
  });
  assert.equal(ends, 1);
  clock.advance(10_000);
  assert.deepEqual(expired, ['one', 'two']);
});
