/** Scripts that are both programs and modules, started through a link. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { folder } from '../places.js';
import { CHECKOUT, noLinks, script } from './checkout.js';

test('a script runs as a program through a linked folder', { skip: noLinks }, (t) => {
  const linked = join(folder(t), 'checkout');
  symlinkSync(CHECKOUT, linked, 'junction');
  for (const place of [CHECKOUT, linked]) {
    const { status, stderr } = spawnSync(process.execPath, [join(place, 'scripts', 'wine.mjs')], {
      encoding: 'utf8',
    });
    assert.deepEqual([status, /^usage: /.test(stderr)], [2, true], place);
  }
});

test('a module that a program imports is no program', async () => {
  const { isProgram } = await script<{ isProgram(url: string, started?: string): boolean }>(
    'ensure/is-program.mjs',
  );
  const url = pathToFileURL(join(CHECKOUT, 'scripts', 'ensure.mjs')).href;
  assert.ok(isProgram(url, join(CHECKOUT, 'scripts', 'ensure.mjs')));
  assert.ok(isProgram(url, join(CHECKOUT, 'scripts', '..', 'scripts', 'ensure.mjs')));
  assert.ok(!isProgram(url, join(CHECKOUT, 'scripts', 'wine.mjs')));
  assert.ok(!isProgram(url, join(CHECKOUT, 'scripts', 'ensure')), 'a name that is not there');
  assert.ok(!isProgram(url, ''), 'a program that was given as text');
});
