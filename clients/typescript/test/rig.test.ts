/** Settings, calls and errors of a rig. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { RefusedError, Rig, RigLostError, WinsockError } from 'winsockd-client';
import { listening, open, pair } from './rigs.js';

test('a rig finds the daemon and its token by the environment, and says nothing of the token', async (t) => {
  const rig = await open(t);
  assert.ok(rig.about.providers.includes('lab'));
  assert.match(rig.session.id, /^ses_/);
  assert.doesNotMatch(inspect(rig, { depth: 9, showHidden: true }), /Bearer/);
});

test('a wrong token is refused by name', async () => {
  await assert.rejects(Rig.open({ token: 'wrong' }), (error) => {
    assert.ok(error instanceof RefusedError);
    assert.deepEqual([error.name, error.problem.status], ['unauthorized', 401]);
    return true;
  });
});

test('wrong settings are told before anything is sent, and no message has the token', async () => {
  for (const [options, message] of [
    [{ url: 'http://daemon.example:10093' }, /no TLS/],
    [{ url: 'http://127.0.0.1.example' }, /no TLS/],
    [{ url: 'ftp://127.0.0.1' }, /is not a URL/],
    [{ url: 'http://127.0.0.1/path' }, /only/],
    [{ url: 'http://user:secret@127.0.0.1' }, /no user information/],
    [{ token: 'sec ret' }, /visible ASCII/],
  ] as const) {
    await assert.rejects(Rig.open(options), (error) => {
      assert.ok(error instanceof TypeError);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /sec ?ret/);
      return true;
    });
  }
});

test('where no daemon answers, or something else, the rig is lost', async (t) => {
  const closed = http.createServer();
  const free = await listening(t, closed);
  closed.close();
  await assert.rejects(Rig.open({ url: `http://127.0.0.1:${free}` }), RigLostError);
  const other = http.createServer((_request, response) => response.end('hello'));
  await assert.rejects(Rig.open({ url: `http://127.0.0.1:${await listening(t, other)}` }), RigLostError);
});

test('a file of certificates that is absent, or has none, is an error', async (t) => {
  const cafile = join(tmpdir(), `winsockd-no-certificate-${process.pid}.pem`);
  await assert.rejects(Rig.open({ cafile }), { code: 'ENOENT' });
  writeFileSync(cafile, 'no certificate');
  t.after(() => rmSync(cafile));
  await assert.rejects(Rig.open({ cafile }), { name: 'TypeError', message: /not a PEM file/ });
});

test('calls have the types and results of their operations', async (t) => {
  const rig = await open(t);
  const { sessionId } = await rig.call('getSession', { sessionId: rig.session.id });
  assert.equal(sessionId, rig.session.id);
  const { protocols } = await rig.session.call('enumProtocols');
  assert.ok(protocols.some(({ provider }) => provider === 'lab'));
  const socket = await rig.socket({ provider: 'lab' });
  assert.equal((await socket.call('getSocket')).state, 'fresh');
  // @ts-expect-error: there is no such operation
  await assert.rejects(rig.call('nothing', {}), RefusedError);
  // @ts-expect-error: a parameter is missing
  await assert.rejects(rig.call('getSession', {}), { name: 'validation' });
});

test('a call that the daemon cannot read is refused, and another one goes on', async (t) => {
  const { client, peer } = await pair(t);
  const waiting = peer.socket.recv({ maxBytes: 5 });
  const buffers = Array.from({ length: 40_000 }, () => ({ text: '' }));
  await assert.rejects(client.socket.call('send', { buffers }), { name: 'malformed-json' });
  let deep: unknown = 'text';
  for (let depth = 0; depth < 40; depth++) deep = [deep];
  // @ts-expect-error: that is no buffer
  await assert.rejects(client.socket.call('send', { data: deep }), { name: 'malformed-json' });
  await assert.rejects(client.socket.call('send', { data: { text: '\ud83d' } }), TypeError);
  await client.socket.call('send', { data: { text: String.raw`still\ud83d` } });
  assert.equal(String(await waiting), 'still');
});

test('an error of Winsock has code, name and problem, and a stack that shows the caller', async (t) => {
  const rig = await open(t);
  await assert.rejects(rig.connect({ host: '10.0.0.1', port: 9 }, { provider: 'lab' }), (error) => {
    assert.ok(error instanceof WinsockError);
    assert.deepEqual(
      [error.code, error.name, error.problem.operation],
      [10061, 'WSAECONNREFUSED', 'connect'],
    );
    assert.match(error.stack ?? '', /Session\.connect/);
    return true;
  });
  assert.deepEqual(await rig.session.sockets(), []);
});

test('what the daemon refuses without a code is another error', async (t) => {
  const rig = await open(t);
  await assert.rejects(rig.connect({ host: '192.0.2.1', port: 80 }), (error) => {
    assert.ok(error instanceof RefusedError && !(error instanceof WinsockError));
    return error.name === 'destination-denied';
  });
});

test('names are looked up by the daemon', async (t) => {
  const rig = await open(t);
  const found = await rig.session.lookup('localhost', { family: 'AF_INET' });
  assert.deepEqual(found[0]?.address, '127.0.0.1');
  const listener = await rig.listen({ host: 'localhost', port: 0 });
  const client = await rig.connect({ host: 'localhost', port: listener.address().port ?? 0 });
  client.destroy();
});

test('as many calls as the daemon allows may be under way, and no more', async (t) => {
  const rig = await open(t);
  const most = rig.about.limits.callsPerOwner;
  assert.ok(most > 1024, 'the daemon of these tests allows more than usual');
  const calls = Array.from({ length: most }, () => rig.session.info());
  await assert.rejects(rig.session.info(), { name: 'quota' });
  await Promise.all(calls);
  await rig.session.info();
});

test('what is disposed of may have ended already', async (t) => {
  const rig = await open(t);
  await using session = await rig.beginSession();
  await using listener = await session.listen({ port: 0 });
  await using relay = await listener.startRelay({ port: 1 });
  await using fault = await session.armFault({ effect: 'fail', operation: 'bind', code: 'WSAENETDOWN' });
  await fault.remove();
  await listener.close();
  await assert.rejects(relay.info(), { name: 'not-found' });
  await rig.call('endSession', { sessionId: session.id });
});

test('a close that has failed can be repeated', async (t) => {
  const rig = await open(t);
  const socket = await rig.socket();
  await socket.armFault({ effect: 'fail', operation: 'close', nth: 1, code: 'WSAENETDOWN' });
  await assert.rejects(socket.close(), { name: 'WSAENETDOWN' });
  assert.equal(socket.isOver, false);
  await socket.close();
  assert.deepEqual(await rig.session.sockets(), []);
});

test('sessions end by themselves, with await using and with the rig', async (t) => {
  const rig = await open(t);
  const other = await open(t);
  let sessionId = '';
  {
    await using session = await rig.beginSession({ version: '1.1', provider: 'lab' });
    assert.deepEqual([session.version, session.isEnded], ['1.1', false]);
    sessionId = session.id;
  }
  await assert.rejects(rig.call('getSession', { sessionId }), { name: 'session-ended' });
  await rig.close();
  assert.deepEqual([rig.isClosed, rig.session.isEnded], [true, true]);
  await assert.rejects(rig.call('listSessions'), RigLostError);
  await assert.rejects(other.call('getSession', { sessionId: rig.session.id }), { name: 'session-ended' });
});
