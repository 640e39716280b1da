import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('./end-at-once-child.js', import.meta.url));

test('a blocked thread does not delay the exit, and the exit code is kept', async (t) => {
  const child = spawn(process.execPath, [CHILD], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  const [code] = await once(child, 'close', { signal: AbortSignal.timeout(30_000) });
  assert.deepEqual([code, said.trim()], [7, 'exits']);
});
