/** Rigs, connections and servers of the tests. The daemon is that of `WINSOCKD_URL`. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Connection, type Listener, type ListenOptions, Rig, type RigOptions } from 'winsockd-client';

/** A rig of the test's own. */
export const open = async (t: TestContext, options: RigOptions = {}): Promise<Rig> => {
  const rig = await Rig.open(options);
  t.after(() => rig.close());
  return rig;
};

/** The token of the daemon of the tests, for what has no environment. */
export const tokenOfTests = (): string =>
  readFileSync(join(process.env.XDG_STATE_HOME ?? '', 'winsockd', 'token'), 'ascii');

/** Both ends of a connection, and the listener that accepted it. */
export interface Pair {
  readonly rig: Rig;
  readonly listener: Listener;
  readonly client: Connection;
  readonly peer: Connection;
}

/** A connection in a rig of the test's own. */
export const pair = async (t: TestContext, options: ListenOptions = {}): Promise<Pair> => {
  const rig = await open(t);
  const listener = await rig.listen({ port: 0 }, options);
  const [client, peer] = await Promise.all([rig.connect(listener.address(), options), listener.accept()]);
  return { rig, listener, client, peer };
};

/** A server of Node on this machine. @returns its port */
export const listening = async (t: TestContext, server: net.Server): Promise<number> => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return address.port;
};

/** A way to the daemon that a test can cut. */
export interface Way {
  readonly url: string;
  /** Resets its connections, and makes no more. */
  cut(): void;
  /** Lets nothing pass any more, without a word. */
  stall(): void;
}

/** A way to the daemon. */
export const way = async (t: TestContext): Promise<Way> => {
  const { host, hostname, port } = new URL(process.env.WINSOCKD_URL ?? assert.fail('no WINSOCKD_URL'));
  const sockets = new Set<net.Socket>();
  const server = net.createServer((client) => {
    const daemon = net.connect(Number(port), hostname);
    for (const socket of [client, daemon]) sockets.add(socket.on('error', () => undefined));
    // The daemon answers for its own address only.
    client.on('data', (bytes) =>
      daemon.write(bytes.toString('latin1').replace(/^Host: .*$/m, `Host: ${host}`), 'latin1'),
    );
    daemon.pipe(client);
  });
  const cut = () => {
    server.close();
    for (const socket of sockets) socket.resetAndDestroy();
  };
  t.after(cut);
  return {
    url: `http://127.0.0.1:${await listening(t, server)}`,
    cut,
    stall: () => {
      for (const socket of sockets) socket.unpipe().removeAllListeners('data').pause();
    },
  };
};
