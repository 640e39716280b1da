/** Unchanged programs for tests of relays: a web server, and curl. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { folder } from '../../places.js';
import { line, start } from '../../programs.js';
import { outcomeOf } from '../export/exports.js';
import { loopback, type TestSession } from '../test-daemon.js';

export const PAGE = 'x'.repeat(100_000);

/** python's http.server with a page of 100,000 bytes; its port. */
export const webServer = async (t: TestContext): Promise<number> => {
  const root = folder(t);
  writeFileSync(join(root, 'page.txt'), PAGE);
  const server = start(t, 'python3', ['-u', '-m', 'http.server', '0', '--bind', '127.0.0.1'], root);
  const [, port] = await line(server.stdout, /port (\d+)/);
  return Number(port);
};

/** A relay to a port of loopback: its own port, and its path. */
export const relayTo = async (
  session: TestSession,
  port: number,
  params: object = {},
): Promise<{ readonly port: number; readonly path: string }> => {
  const listener = await session.listener('AF_INET', 128);
  const { relayId } = await listener.ok('relay', { upstream: loopback('AF_INET', port), ...params });
  return { port: (await listener.sockName()).port, path: `${session.path}/relays/${relayId}` };
};

export const curl = (port: number, ...more: string[]) =>
  outcomeOf('curl', ['-sS', '--noproxy', '*', '-m', '20', ...more, `http://127.0.0.1:${port}/page.txt`]);
