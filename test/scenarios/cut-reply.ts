/** Clients that go away at a chosen moment: after the native call, before its answer is written. */
import assert from 'node:assert/strict';
import { subscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import net from 'node:net';
import { ALICE, type Rig } from './rig.js';

/** Sends one POST on a connection of its own, which the test may cut whenever it likes. */
export const post = (r: Rig, path: string, body: object): net.Socket => {
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
export const cutBeforeReply = (operation: string) => {
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
