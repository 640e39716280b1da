/** The bench runs and prints figures. The test does not judge them, because a test machine is too busy. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { CHECKOUT } from '../project/checkout.js';

interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly values: readonly number[];
}
interface Figures {
  readonly name: string;
  readonly unit: string;
  readonly ours: Spread;
  readonly theirs?: Spread;
  readonly ratio?: Spread;
}

const { figuresOf, spread } = (await import(new URL('../../../bench/rows.mjs', import.meta.url).href)) as {
  figuresOf(row: object, rounds: readonly object[]): Figures;
  spread(values: readonly number[]): Spread;
};

const cc = { skip: spawnSync('cc', ['--version']).status !== 0 && 'there is no C compiler' };

/** Runs it; returns its exit code and output. */
const bench = (...args: string[]) => {
  const argv = [join(CHECKOUT, 'bench', 'bench.mjs'), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  return { status, stdout, stderr };
};

/** Runs a part of it as briefly as possible. Returns its rows, all of which it has printed. */
const rowsOf = (t: TestContext, part: string, ...options: string[]): readonly Figures[] => {
  const folder = mkdtempSync(join(tmpdir(), 'winsockd-bench-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const json = join(folder, 'results.json');
  const brief = ['--rounds', '1', '--seconds', '0.1', ...options];
  const { status, stdout, stderr } = bench('--only', part, ...brief, '--json', json);
  assert.equal(status, 0, stderr);
  const results = JSON.parse(readFileSync(json, 'utf8')) as { parts: Record<string, readonly Figures[]> };
  const rows = results.parts[part] ?? [];
  for (const { name } of rows) assert.ok(stdout.includes(`| ${name} |`), name);
  return rows;
};

const hasRows = (rows: readonly Figures[], ...begins: string[]): void => {
  for (const begin of begins) {
    assert.ok(
      rows.some(({ name }) => name.startsWith(begin)),
      begin,
    );
  }
};

describe('bench', () => {
  it('compares every call over HTTP with its floor', cc, (t) => {
    const rows = rowsOf(t, 'http', '--cold');
    assert.equal(rows[0]?.name, 'lifecycle, 8 at once');
    for (const { name, ours, ratio } of rows) assert.ok(ours.median > 0 && (ratio?.median ?? 0) > 0, name);
  });

  it('compares batches and WebSockets with theirs', cc, (t) => {
    const rows = rowsOf(t, 'wires');
    hasRows(rows, 'HTTP batch', 'WebSocket call', 'WebSocket batch');
    // CPU is counted in ticks of 10 ms: in so short a time there may be none.
    for (const { name, unit, ratio } of rows) {
      if (unit === 'calls/s') assert.ok((ratio?.median ?? 0) > 0, name);
    }
  });

  it('compares calls beside batches with calls alone', cc, (t) => {
    hasRows(rowsOf(t, 'neighbours', '--cold'), 'getSocket of the other owner');
  });

  it('refuses an unknown part', () => {
    const { status, stderr } = bench('--only', 'everything');
    assert.equal(status, 1);
    assert.match(stderr, /--only everything: one of http, /);
  });

  it('reports the median of the ratios, not the ratio of the medians', () => {
    const row = {
      name: 'row',
      unit: 'us',
      ours: (r: { a: number }) => r.a,
      theirs: (r: { b: number }) => r.b,
    };
    const { ours, theirs, ratio } = figuresOf(row, [
      { a: 1, b: 1 },
      { a: 8, b: 2 },
      { a: 6, b: 4 },
    ]);
    assert.deepEqual([ours.median, theirs?.median], [6, 2]);
    assert.deepEqual({ ...ratio }, { median: 1.5, min: 1, max: 4, values: [1, 4, 1.5] });
  });

  it('averages the two middle figures of an even number', () => {
    assert.equal(spread([4, 1, 2, 30]).median, 3);
    assert.equal(spread([5]).median, 5);
  });
});
