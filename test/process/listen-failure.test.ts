import assert from 'node:assert/strict';
import test from 'node:test';
import { listenFailure } from '../../src/process/listen-failure.js';

const at = { host: '127.0.0.1', port: 10093 };
const failed = (code: string): Error => Object.assign(new Error(`listen ${code}`), { code });

const said = (code: string, platform: NodeJS.Platform): string =>
  String(listenFailure(failed(code), at, platform));

test('a failure to listen has a reason of one line', () => {
  assert.equal(
    said('EADDRINUSE', 'linux'),
    'Error: 127.0.0.1 port 10093 is taken by another program, or by a winsockd that already runs; WINSOCKD_PORT sets another port',
  );
  assert.match(said('EADDRNOTAVAIL', 'linux'), /this machine has no such address$/);
  assert.match(said('EACCES', 'linux'), /the system does not permit listening there$/);
  const unknown = failed('EMFILE');
  assert.equal(listenFailure(unknown, at), unknown);
});

test('on Windows EACCES also names the reserved ports', () => {
  const line = said('EACCES', 'win32');
  assert.match(line, /excludedportrange protocol=tcp.*WINSOCKD_PORT/);
  assert.ok(!line.includes('\n'));
});
