import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** A folder of the test's own, gone after it. */
export const folder = (t: TestContext): string => {
  const path = mkdtempSync(join(tmpdir(), 'winsockd-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
};

/** A port that was free a moment ago, for servers that cannot tell which one they took. */
export const freePort = async (): Promise<number> => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
};
