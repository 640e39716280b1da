/** Replies that are not delivered: the connection ends before the write, during or after the native call. */
import assert from 'node:assert/strict';
import { subscribe } from 'node:diagnostics_channel';
import net from 'node:net';
import { ALICE, type TestDaemon } from '../test-daemon.js';

/** Sends one request on a connection of its own, which the test may cut at any time. */
export const post = (daemon: TestDaemon, path: string, body: object, method = 'POST'): net.Socket => {
  const json = JSON.stringify(body);
  const content = `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(json)}\r\n\r\n${json}`;
  const socket = net.connect(daemon.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(
    `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${daemon.port}\r\nAuthorization: Bearer ${ALICE}\r\n` +
      (method === 'POST' ? content : '\r\n'),
  );
  return socket;
};

/** The daemon's ends of the connections of this process. */
const served = new Set<net.Socket>();
subscribe('http.server.request.start', (message) => {
  if (typeof message !== 'object' || message === null || !('socket' in message)) return;
  const { socket } = message;
  if (!(socket instanceof net.Socket) || served.has(socket)) return;
  served.add(socket);
  // Its port may belong to another connection by then.
  socket.once('close', () => served.delete(socket));
});

const servedBy = (client: net.Socket): net.Socket => {
  const found = [...served].find((one) => one.remotePort === client.localPort);
  assert.ok(found, 'the daemon has the other end');
  return found;
};

/**
 * A seam before the write: holds the reply of one operation until the client has gone.
 *
 * @param operation its name; without it, the next reply of any is held once `cut` was called
 */
export const cutBeforeReply = (operation?: string) => {
  let armed: (() => Promise<void>) | undefined;
  return {
    beforeReply: async (_: string, name: string): Promise<void> => {
      if ((operation !== undefined && name !== operation) || !armed) return;
      const hold = armed;
      armed = undefined;
      await hold();
    },
    /**
     * Cuts the connection of the next reply of that operation, after the native call and before the write.
     */
    async cut(
      daemon: TestDaemon,
      path: string,
      body: object,
      meanwhile = async () => {},
      method?: 'POST' | 'GET' | 'DELETE',
    ): Promise<void> {
      const cutOff = new Promise<void>((resolve) => {
        armed = async () => {
          await meanwhile();
          const end = servedBy(socket);
          const closed = new Promise((resolve) => end.once('close', resolve));
          // A FIN alone may come from a client that only stops sending.
          socket.resetAndDestroy();
          await closed;
          resolve();
        };
      });
      const socket = post(daemon, path, body, method);
      await cutOff;
      await new Promise(setImmediate);
    },
  };
};
