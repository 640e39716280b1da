import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import net from 'node:net';
import { start, stop } from '../programs.mjs';

const WEBSOCKIFY = '/usr/bin/websockify';

/** Debian's package, if it is installed. */
export const hasWebsockify = () => existsSync(WEBSOCKIFY);

/** One piece of bulk.c as a frame of a client, whose mask is zero: 65,536 bytes. */
export const FRAME = Buffer.from('82ff000000000001000000000000', 'hex');

/**
 * The request that opens a WebSocket.
 *
 * @param {string} fields further header fields, each with its end of line
 */
export const opening = (port, path, fields = '') =>
  `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${fields}` +
  `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n\r\n`;

/** Starts it for connections to a port. It forks for each connection, so its CPU is not measured. */
export async function startWebsockify(to) {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  const child = start([WEBSOCKIFY, `127.0.0.1:${port}`, `127.0.0.1:${to}`], {
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  for (let tries = 0; tries < 100; tries++) {
    const probe = net.connect(port, '127.0.0.1');
    const isThere = await once(probe, 'connect').then(
      () => true,
      () => false,
    );
    probe.destroy();
    if (isThere) return { port, end: () => stop(child) };
    await new Promise((resolve) => setTimeout(resolve, 50)); // it sends no event when it listens
  }
  throw new Error('websockify is not ready');
}
