/** What was consumed but could not be delivered goes back: no byte, no connection, no error code is lost. */
import assert from 'node:assert/strict';
import { subscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import net from 'node:net';
import { describe, test } from 'node:test';
import type { Body } from '../http/client.js';
import { ALICE, begin, Driven, loopback, PROVIDERS, type Rig, rig } from './rig.js';

/** Sends one POST on a connection of its own, which the test may cut whenever it likes. */
const post = (r: Rig, path: string, body: object): net.Socket => {
  const json = JSON.stringify(body);
  const socket = net.connect(r.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${r.port}\r\nAuthorization: Bearer ${ALICE}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(json)}\r\n\r\n${json}`,
  );
  return socket;
};

/** The daemon's ends of the connections of this process. */
const served = new Set<net.Socket>();
subscribe('http.server.request.start', (message) => {
  if (typeof message === 'object' && message !== null && 'socket' in message) {
    if (message.socket instanceof net.Socket) served.add(message.socket);
  }
});

const servedBy = (client: net.Socket): net.Socket => {
  const found = [...served].find((one) => one.remotePort === client.localPort);
  assert.ok(found, 'the daemon has the other end');
  return found;
};

/** A seam before the write: holds the reply of one operation until the client has gone. */
const cutBeforeReply = (operation: string) => {
  let armed: (() => Promise<void>) | undefined;
  return {
    beforeReply: async (_: string, name: string): Promise<void> => {
      if (name !== operation || !armed) return;
      const hold = armed;
      armed = undefined;
      await hold();
    },
    /** Cuts the connection of the next reply of that operation, after the native call and before the write. */
    async cut(r: Rig, path: string, body: object, meanwhile = async () => {}): Promise<void> {
      const cutOff = new Promise<void>((resolve) => {
        armed = async () => {
          await meanwhile();
          const closed = once(servedBy(socket), 'close');
          socket.destroy();
          await closed;
          resolve();
        };
      });
      const socket = post(r, path, body);
      await cutOff;
      await new Promise(setImmediate);
    },
  };
};

for (const provider of PROVIDERS) {
  describe(`delivery on ${provider}`, () => {
    test('a client gone during recv: the next recv gets every byte', async (t) => {
      const r = await rig(t);
      const [client, server] = await (await begin(r, provider)).pair();
      const gone = post(r, `/v1/sockets/${server.id}/recv`, {});
      await server.untilBusy();
      gone.destroy();
      await server.untilIdle();
      await client.ok('send', { data: { text: 'every byte' } });
      const { data } = await server.ok('recv');
      assert.equal(Buffer.from(data.base64, 'base64').toString(), 'every byte');
    });

    test('a client gone between the native recv and the reply: the next recv gets every byte, in order', async (t) => {
      const seam = cutBeforeReply('recv');
      const r = await rig(t, { beforeReply: seam.beforeReply });
      const [client, server] = await (await begin(r, provider)).pair();
      await client.ok('send', { data: { text: 'first ' } });
      await seam.cut(r, `/v1/sockets/${server.id}/recv`, {});
      await client.ok('send', { data: { text: 'second' } });
      await client.ok('sendDisconnect');
      const peeked = await server.ok('recv', { flags: ['MSG_PEEK'], maxBytes: 3 });
      assert.equal(Buffer.from(peeked.data.base64, 'base64').toString(), 'fir');
      const { value } = await server.ok('ioctl', { request: 'FIONREAD' });
      assert.ok(value >= 6);
      const once = await server.ok('recv', { flags: ['MSG_PEEK'], maxBytes: value });
      assert.equal(once.bytesReceived, value, 'one recv gives what FIONREAD said');
      assert.equal(await server.drain(), 'first second');
    });

    test('a recv that came while the lost reply was on its way does not overtake it', async (t) => {
      const seam = cutBeforeReply('recv');
      const r = await rig(t, { beforeReply: seam.beforeReply });
      const [client, server] = await (await begin(r, provider)).pair();
      await client.ok('send', { data: { text: 'abc' } });
      const cut = seam.cut(r, `/v1/sockets/${server.id}/recv`, { maxBytes: 3 });
      await client.ok('send', { data: { text: 'def' } });
      const next = server.ok('recv', { maxBytes: 3 });
      await cut;
      const { data } = await next;
      assert.equal(Buffer.from(data.base64, 'base64').toString(), 'abc');
    });

    test('an undelivered datagram keeps its sender and its boundary', async (t) => {
      const seam = cutBeforeReply('recvFrom');
      const r = await rig(t, { beforeReply: seam.beforeReply });
      const session = await begin(r, provider);
      const [a, b] = [await session.datagram(), await session.datagram()];
      await b.ok('bind', { address: loopback('AF_INET', 0) });
      const address = await b.sockName();
      await a.ok('sendTo', { data: { text: 'one' }, address });
      await seam.cut(r, `/v1/sockets/${b.id}/recvFrom`, {});
      await a.ok('sendTo', { data: { text: 'two' }, address });
      for (const text of ['one', 'two']) {
        const got = await b.ok('recvFrom');
        assert.equal(Buffer.from(got.data.base64, 'base64').toString(), text);
        assert.equal(got.address.port, (await a.sockName()).port);
      }
    });

    test('an undelivered accept: the connection is the next one accepted', async (t) => {
      const seam = cutBeforeReply('accept');
      const r = await rig(t, { beforeReply: seam.beforeReply });
      const session = await begin(r, provider);
      const listener = await session.listener();
      const address = await listener.sockName();
      const [first, second] = [await session.stream(), await session.stream()];
      await first.ok('connect', { address });
      await seam.cut(r, `/v1/sockets/${listener.id}/accept`, {});
      await second.ok('connect', { address });
      await first.ok('send', { data: { text: 'I was first' } });
      const { socketId } = await listener.ok('accept');
      const { data } = await new Driven(r, socketId).ok('recv');
      assert.equal(Buffer.from(data.base64, 'base64').toString(), 'I was first');
    });

    test('a new socket and a new session that nobody heard of are closed', async (t) => {
      const seam = cutBeforeReply('socket');
      const r = await rig(t, { beforeReply: seam.beforeReply });
      const session = await begin(r, provider);
      await seam.cut(r, `${session.path}/sockets`, { family: 'AF_INET', type: 'SOCK_STREAM', provider });
      assert.equal(r.app.daemon.sockets.size, 0);

      const startups = cutBeforeReply('startup');
      const s = await rig(t, { beforeReply: startups.beforeReply });
      await startups.cut(s, '/v1/startup', {});
      assert.equal(s.app.daemon.sessions.size, 0);
    });

    test('a connect that succeeded for nobody succeeds again for the next who asks', async (t) => {
      const seam = cutBeforeReply('connect');
      const r = await rig(t, { beforeReply: seam.beforeReply });
      const session = await begin(r, provider);
      const listener = await session.listener();
      const address = await listener.sockName();
      const socket = await session.stream();
      await seam.cut(r, `/v1/sockets/${socket.id}/connect`, { address });
      await socket.ok('connect', { address });
      assert.equal((await socket.problem('connect', { address })).name, 'WSAEISCONN');
    });

    test('an accepted socket that somebody found in a list and used stays where it is', async (t) => {
      const seam = cutBeforeReply('accept');
      const r = await rig(t, { beforeReply: seam.beforeReply });
      const session = await begin(r, provider);
      const listener = await session.listener();
      const client = await session.stream();
      await client.ok('connect', { address: await listener.sockName() });
      let found: Driven | undefined;
      let receiving: Promise<Body> | undefined;
      await seam.cut(r, `/v1/sockets/${listener.id}/accept`, {}, async () => {
        const { sockets } = await r.api.ok.get(`${session.path}/sockets`);
        const [accepted] = sockets.filter(
          ({ socketId, state }: Body) => state === 'connected' && socketId !== client.id,
        );
        found = new Driven(r, accepted.socketId);
        receiving = found.ok('recv');
        await found.untilBusy();
      });
      await client.ok('send', { data: { text: 'to the finder' } });
      const { data } = await receiving;
      assert.equal(Buffer.from(data.base64, 'base64').toString(), 'to the finder');
      await found?.ok('close');
    });
  });
}
