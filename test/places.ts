import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmdirSync, unlinkSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** An empty folder; the caller removes it. */
export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'winsockd-'));

/** A folder of the test's own, gone after it. */
export const folder = (t: TestContext): string => {
  const path = newFolder();
  t.after(() => removeFolder(path));
  return path;
};

/**
 * Removes a folder with all that is in it. Sockets too: on Windows they are links of a kind that cannot be
 * opened, so nothing is asked of an entry but whether it is a folder.
 */
export const removeFolder = (path: string): void => {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inside = join(path, entry.name);
    if (entry.isDirectory()) removeFolder(inside);
    else unlinkSync(inside);
  }
  rmdirSync(path);
};

/**
 * A port for servers that cannot report the one that they chose. It stays free: Linux does not assign it to
 * sockets that ask for port 0, and other processes of the tests begin at other ports. If Linux assigns nearly
 * all ports, it is one that was free a moment ago.
 *
 * @see https://docs.kernel.org/networking/ip-sysctl.html ip_local_port_range
 */
export const freePort = async (): Promise<number> => {
  const [end = 0] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/).map(Number);
  const count = end - LEAST_PORT;
  for (let tries = 0; tries < count; tries++) {
    const port = LEAST_PORT + ((process.pid * PORTS_OF_ONE + taken++) % count);
    if (await triedPort(port)) return port;
  }
  return (await triedPort(0)) ?? assert.fail('no port is free');
};

/** Above those of services that a machine is likely to have. */
const LEAST_PORT = 11_000;
/** The distance between the ports of two processes; no test file takes so many. */
const PORTS_OF_ONE = 16;
let taken = 0;

/** The port, or any for 0; undefined when it is taken. */
const triedPort = (port: number): Promise<number | undefined> =>
  new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
