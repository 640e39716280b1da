/** The attacks run and print figures. The test does not judge them, because a test machine is too busy. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { CHECKOUT } from '../project/checkout.js';

interface Row {
  readonly name: string;
  readonly rounds: number;
  readonly stallMs: number;
  readonly idleMiB: number;
  readonly peakMiB: number;
  readonly answers: readonly Readonly<Record<string, number>>[];
  readonly failed: readonly string[];
  readonly died: readonly string[];
}

/** Runs it; returns its output and exit code. */
const attacks = (...args: string[]) => {
  const argv = [join(CHECKOUT, 'bench', 'attacks', 'run.mjs'), '--rounds', '1', ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  return { status, stdout, stderr };
};

it('measures a daemon with and without an attack', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'winsockd-attacks-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const json = join(folder, 'attacks.json');
  const { status, stdout, stderr } = attacks('--only', 'nothing,wrong-items', '--json', json);
  assert.equal(status, 0, stderr);
  const { rows } = JSON.parse(readFileSync(json, 'utf8')) as { readonly rows: readonly Row[] };
  assert.deepEqual(
    rows.map(({ name }) => name),
    ['nothing', 'wrong-items'],
  );
  for (const { name, rounds, stallMs, idleMiB, peakMiB, failed, died } of rows) {
    assert.equal(rounds, 1, stderr);
    assert.deepEqual([failed, died], [[], []], name);
    assert.ok(stallMs > 0 && idleMiB > 0 && peakMiB >= idleMiB, name);
    assert.ok(stdout.includes(`| ${name} |`), name);
  }
  assert.ok((rows[1]?.answers[0]?.['400'] ?? 0) > 0, 'the attacker was answered');
});

it('lists its attacks when an unknown one is requested', () => {
  const { status, stderr } = attacks('--only', 'nothing,no-such-attack');
  assert.equal(status, 2);
  assert.match(stderr, /^There is no no-such-attack; there are nothing, /);
});
