import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import test from 'node:test';
import { script } from './checkout.js';

test('the daemon under Wine runs in another folder, and finds the file of --config all the same', async () => {
  const { fromAnywhere } = await script<{ fromAnywhere(args: string[]): string[] }>('wine/arguments.mjs');
  const file = resolve('winsockd.json');
  assert.deepEqual(fromAnywhere(['url', '--config', 'winsockd.json']), ['url', '--config', file]);
  assert.deepEqual(fromAnywhere(['--config=winsockd.json', '--help']), [`--config=${file}`, '--help']);
  assert.deepEqual(fromAnywhere(['--config', file, '--owner', 'a']), ['--config', file, '--owner', 'a']);
  assert.deepEqual(fromAnywhere(['--config']), ['--config']);
});
