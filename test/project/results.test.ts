import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CHECKOUT, removeFolder, script } from './checkout.js';

interface Result {
  readonly suite: string;
  readonly platform: string;
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly reason?: string;
}
type Count = { cases: number; skipped: number };
type Minimum = Record<string, Record<string, { cases: number; mostSkipped: number }>>;

const { runFiles } = await script<{
  runFiles(files: string[], how: object): Promise<{ results: Result[]; output: string }>;
}>('test/run-files.mjs');
const { contractCounts, contractResults } = await script<{
  contractCounts(output: string): Map<string, Count>;
  contractResults(
    platform: string,
    counts: Map<string, Count>,
    minimum: Minimum,
    required: string[],
  ): Result[];
}>('test/contract.mjs');
const { filesFor, PROVIDERS } = await script<{
  PROVIDERS: Record<string, string[]>;
  filesFor(files: string[], platform: string, wanted?: string[]): string[];
}>('test/places.mjs');
const { summary } = await script<{
  summary(results: Result[], more?: { counts?: string[]; missing?: string[] }): string;
}>('test/summary.mjs');

/** Test files with every kind of result. */
const FILES: Readonly<Record<string, string>> = {
  'mixed.test.js': `
    import { describe, it } from 'node:test';
    process.stdout.write('contract: lab 9 cases, 1 skipped\\n');
    describe('outer', () => {
      it('passes', () => {});
      it('is skipped', { skip: 'for a reason' }, () => {});
      it('is skipped without a word', { skip: true }, () => {});
      it('is to do', { todo: 'soon' }, () => { throw new Error('not yet'); });
    });
    it('fails below', async (t) => { await t.test('deeply', () => { throw new Error('boom'); }); });`,
  'empty.test.js': '',
  'crashing.test.js': `
    import { it } from 'node:test';
    it('passes before the crash', () => {});
    it('crashes', () => process.abort());`,
  'hanging.test.js': `
    import { it } from 'node:test';
    it('passes and lingers', () => { setInterval(() => {}, 1000); });
    process.on('SIGINT', () => {});`,
  'leaving.linux.test.js': `
    import { spawn } from 'node:child_process';
    import { it } from 'node:test';
    it('starts a process', () => spawn('sleep', ['600'], { stdio: 'ignore' }).unref());`,
};

describe('the results of a test run', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'winsockd-results-'));
    mkdirSync(join(folder, 'dist/test/sample'), { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    for (const [name, text] of Object.entries(FILES)) {
      writeFileSync(join(folder, 'dist/test/sample', name), text);
    }
    mkdirSync(join(folder, 'scripts/test'), { recursive: true });
    writeFileSync(
      join(folder, 'scripts/test/reporter.mjs'),
      readFileSync(join(CHECKOUT, 'scripts/test/reporter.mjs')),
    );
  });
  after(() => removeFolder(folder));

  const run = (name: string, limitMs = 60_000) => {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    return runFiles([`test/sample/${name}`], {
      platform: 'linux',
      checkout: folder,
      node: [process.execPath],
      cwd: folder,
      env,
      deadline: Date.now() + limitMs,
      signal: new AbortController().signal,
      print: () => undefined,
      graceMs: 200,
    });
  };
  const brief = ({ name, outcome, reason }: Result) => [name, outcome, reason?.split('\n')[0]];

  it('lists every test once, with its groups, and why it was skipped or failed', async () => {
    const { results, output } = await run('mixed.test.js');
    assert.deepEqual(results.map(brief), [
      ['outer > passes', 'passed', undefined],
      ['outer > is skipped', 'skipped', 'for a reason'],
      ['outer > is skipped without a word', 'skipped', 'no reason given'],
      ['outer > is to do', 'skipped', 'to do: soon'],
      ['fails below > deeply', 'failed', 'Error: boom'],
    ]);
    assert.deepEqual(
      results.map(({ suite }) => suite),
      Array(5).fill('test/sample'),
    );
    assert.deepEqual([...contractCounts(output)], [['lab', { cases: 9, skipped: 1 }]]);
  });

  it('fails a file without tests', async () => {
    const { results } = await run('empty.test.js');
    assert.deepEqual(results.map(brief), [['test/sample/empty.test.js', 'failed', 'the file ran no test']]);
  });

  it('fails a file that crashes', async () => {
    const { results } = await run('crashing.test.js');
    assert.equal(results.at(-1)?.outcome, 'failed');
    assert.match(results.at(-1)?.reason ?? '', /^ended with /);
  });

  it('ends a file that does not end', {
    skip: process.platform === 'win32' && 'takes no signals',
  }, async () => {
    const { results } = await run('hanging.test.js', 1000);
    assert.match(results.at(-1)?.reason ?? '', /^was ended after /);
  });

  it('ends the processes that a file leaves behind', {
    skip: process.platform !== 'linux' && 'looks in /proc',
  }, async () => {
    const { results } = await run('leaving.linux.test.js');
    assert.deepEqual(results.map(brief), [
      ['starts a process', 'passed', undefined],
      ['test/sample/leaving.linux.test.js', 'failed', 'left processes behind; they were ended'],
    ]);
  });
});

describe('the contract counts', () => {
  const minimum = {
    linux: { lab: { cases: 10, mostSkipped: 1 } },
    wine: { lab: { cases: 8, mostSkipped: 2 }, new: { cases: 1, mostSkipped: 0 } },
  };
  const judge = (output: string, platform = 'linux') =>
    contractResults(platform, contractCounts(output), minimum, ['lab']).map(({ outcome, reason }) =>
      outcome === 'passed' ? outcome : reason,
    );

  it('pass at the minimum', () => assert.deepEqual(judge('contract: lab 10 cases, 1 skipped'), ['passed']));
  it('fail below it', () =>
    assert.deepEqual(judge('contract: lab 9 cases, 0 skipped'), [
      '9 cases, at least 10 expected: "cases" in contract-minimum.json',
    ]));
  it('fail when more is skipped', () =>
    assert.deepEqual(judge('contract: lab 12 cases, 2 skipped'), [
      '2 cases skipped, at most 1 expected: "mostSkipped" in contract-minimum.json',
    ]));
  it('fail when a suite has not run', () => assert.deepEqual(judge(''), ['the contract suite did not run']));
  it('use the minimum of the platform', () => {
    assert.deepEqual(judge('contract: lab 8 cases, 2 skipped', 'wine'), ['passed']);
    const unknown = ['contract-minimum.json does not name this provider and platform'];
    assert.deepEqual(judge('contract: lab 10 cases, 0 skipped', 'windows'), unknown);
  });
  it('fail for a provider without a minimum', () =>
    assert.deepEqual(judge('contract: lab 10 cases, 0 skipped\ncontract: new 1 cases, 0 skipped'), [
      'passed',
      'contract-minimum.json does not name this provider and platform',
    ]));
  it('have a minimum for every provider of each platform', () => {
    const committed = readFileSync(join(CHECKOUT, 'test/providers/contract-minimum.json'), 'utf8');
    const named = Object.entries(JSON.parse(committed) as Record<string, object>).map(
      ([platform, providers]) => [platform, Object.keys(providers)],
    );
    assert.deepEqual(Object.fromEntries(named), PROVIDERS);
  });
});

describe('the places of test files', () => {
  const files = [
    'test/http/rest.test.js',
    'test/http/tools.linux.test.js',
    'test/providers/lab/contract.test.js',
    'test/providers/lab/watches.test.js',
    'test/providers/posix/contract.test.js',
    'test/providers/ws2_32/contract.test.js',
    'test/project/links.test.js',
  ];
  const indexes = (platform: string, wanted?: string[]) =>
    filesFor(files, platform, wanted).map((file) => files.indexOf(file));

  it('on Linux are all but those of ws2_32', () => assert.deepEqual(indexes('linux'), [0, 1, 2, 3, 4, 6]));
  it('on Windows are all but those of posix and of Linux', () =>
    assert.deepEqual(indexes('windows'), [0, 2, 3, 5, 6]));
  it('under Wine are those of Windows, but not those of the project itself', () =>
    assert.deepEqual(indexes('wine'), [0, 2, 3, 5]));
  it('can be selected by the name of a source or of a built file', () => {
    assert.deepEqual(indexes('linux', ['test/http/rest.test.ts']), [0]);
    assert.deepEqual(indexes('linux', ['dist/test/providers/lab/watches.test.js', 'posix']), [3, 4]);
  });
});

describe('the summary', () => {
  const results: Result[] = [
    { suite: 'test/http', platform: 'linux', name: 'a', outcome: 'passed' },
    { suite: 'test/http', platform: 'linux', name: 'b', outcome: 'skipped', reason: 'no curl' },
    {
      suite: 'test/http',
      platform: 'wine',
      name: 'a',
      outcome: 'failed',
      reason: 'Error: boom\n+ 1\n- 2\n    at x',
    },
  ];

  it('lists suites, platforms, skips and failures with their reasons, and ends with the totals', () => {
    assert.equal(
      summary(results, { counts: ['contract on linux: ...'], missing: ['Wine'] }),
      `
suite      platform  passed  failed  skipped
test/http  linux          1       0        1
test/http  wine           0       1        0

contract on linux: ...

Skipped:
  test/http (linux): b: no curl

Failed:
  test/http (wine): a: Error: boom
    + 1
    - 2

INCOMPLETE: this run had to leave out:
  Wine

1 passed, 1 failed, 1 skipped
`,
    );
  });
});
