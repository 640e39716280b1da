/** The Go client: its tests that are Go, the examples of its README.md, its sources. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { blockIn, examplesIn } from '../../docs/markdown.js';
import { folder } from '../../places.js';
import { canRun } from '../../remote/requirements.js';
import { conversationIn, PRINTED as PRINTED_BY_ALL } from '../conversation.js';
import { DAEMON, inNewHome, run, startDaemon, userEnv } from '../user.js';
import { build, CLIENT, type Command, go, RACE, succeed } from './client.js';

const README = readFileSync(join(CLIENT, 'README.md'), 'utf8');

/** What the examples of README.md print. */
const PRINTED: Readonly<Record<string, string>> = {
  'go client': '10058 WSAESHUTDOWN\nreply\n',
  'go http': '200 OK: hello from true\n1 1\n',
  'go errors': 'true true\n10061 WSAECONNREFUSED connect\ndestination-denied\n',
  'go time-outs': 'true\n',
  'go sessions': '1.1 listening\ntrue\n',
  'go faults': 'WSAENETDOWN 1\nok failed true false\n',
  'go batch': 'completed expected\n',
};

/** The program of docs/clients.md runs with them. */
const CONVERSATION = 'go conversation';

/** A test of Go that has ended. output: what it has printed. */
interface Case {
  readonly name: string;
  readonly outcome: 'pass' | 'fail' | 'skip';
  readonly output: string;
}

/** A line of `go test -json`. */
interface Event {
  readonly Action: string;
  readonly Test?: string;
  readonly Output?: string;
}

/** A run of the tests. complaint: why it is no whole run, if it is not. */
interface Run {
  readonly cases: readonly Case[];
  readonly complaint: string | undefined;
}

/** Runs the tests against a daemon of their own, which lets no call wait for more than a second. */
const runTests = (command: Command): Promise<Run> =>
  inNewHome(async (home, t) => {
    const env = userEnv(home, { WINSOCKD_LIMITS_WAIT_SECONDS: '1' });
    const WINSOCKD_URL = await startDaemon(t, env);
    const token = readFileSync(join(home, 'state', 'winsockd', 'token'), 'utf8').trim();
    const more = { WINSOCKD_URL, WINSOCKD_TOKEN: token, WINSOCKD_COMMAND: DAEMON.join(' ') };
    // -count=1: the daemon is another one, even if the sources are the same.
    const ended = await command(['go', 'test', '-json', '-count=1', '-timeout=120s', '.'], CLIENT, more);
    const cases = casesOf(ended.stdout);
    const isWhole = ended.code === 0 || cases.some(({ outcome }) => outcome === 'fail');
    return { cases, complaint: isWhole ? undefined : ended.stdout + ended.stderr };
  });

const casesOf = (stdout: string): readonly Case[] => {
  const outputs = new Map<string, string>();
  const cases: Case[] = [];
  for (const line of stdout.split('\n').filter((text) => text.startsWith('{'))) {
    const { Action, Test: name, Output = '' }: Event = JSON.parse(line);
    if (name === undefined) continue;
    const output = `${outputs.get(name) ?? ''}${Output}`;
    outputs.set(name, output);
    if (Action === 'pass' || Action === 'fail' || Action === 'skip')
      cases.push({ name, outcome: Action, output });
  }
  return cases;
};

const show = (t: TestContext, { outcome, output }: Case): void => {
  if (outcome === 'fail') assert.fail(output);
  if (outcome === 'skip') canRun(t, /^ +\w+\.go:\d+: (.+)$/m.exec(output)?.[1] ?? assert.fail(output));
};

const checkExamples = (command: Command): void => {
  test('the examples of README.md, and the program of docs/clients.md', async (t) => {
    const home = folder(t);
    const printed = { ...PRINTED, [CONVERSATION]: PRINTED_BY_ALL };
    const names = Object.keys(printed);
    writeFileSync(join(home, 'go.mod'), moduleFile());
    writeFileSync(join(home, 'go.sum'), readFileSync(join(CLIENT, 'go.sum')));
    for (const name of names) {
      mkdirSync(join(home, packageOf(name)));
      writeFileSync(join(home, packageOf(name), 'example.go'), packageWith(name));
    }
    writeFileSync(join(home, 'main.go'), mainOf(names));
    assert.equal(await succeed(command, ['gofmt', '-l', '.'], home), '');
    await build(command, ['.'], join(home, 'bin'), home);
    const env = userEnv(home, RACE);
    const WINSOCKD_URL = await startDaemon(t, env);
    for (const [name, text] of Object.entries(printed))
      await t.test(name, async (t) => {
        const shown = await run(t, [join(home, 'bin', 'examples'), packageOf(name)], {
          cwd: home,
          env: { ...env, WINSOCKD_URL },
        });
        assert.equal(shown, text);
      });
  });
};

const packageOf = (name: string): string => name.replace('go ', '').replace('-', '');

/** An example as a package of one program: linking one of each, with the race detector, takes seconds. */
const packageWith = (name: string): string => {
  const text = name === CONVERSATION ? conversationIn('go') : blockIn(README, `run: ${name}`);
  assert.match(text, /^package main\n[\s\S]*\nfunc main\(\) \{\n/);
  return text.replace('package main', `package ${packageOf(name)}`).replace('func main()', 'func Main()');
};

/** The program: its argument is the package to run. */
const mainOf = (names: readonly string[]): string => {
  const packages = names.map(packageOf).sort();
  return `package main

import (
\t"os"

${packages.map((name) => `\t"examples/${name}"`).join('\n')}
)

func main() {
\tswitch os.Args[1] {
${packages.map((name) => `\tcase "${name}":\n\t\t${name}.Main()`).join('\n')}
\t}
}
`;
};

/** The go.mod of a user of the client, made as README.md says. */
const moduleFile = (): string => {
  const own = readFileSync(join(CLIENT, 'go.mod'), 'utf8');
  const needs = own.replace('module winsockd', 'module examples');
  return `${needs}\nrequire winsockd v0.0.0\n\nreplace winsockd => ${CLIENT}\n`;
};

test('every example of a program in README.md is marked, and those that are to run do', () => {
  assert.deepEqual(examplesIn(README, 'go'), Object.keys(PRINTED));
});

const made = await go();
if ('against' in made) test('the Go client', (t) => void canRun(t, made.against));
else {
  const { command } = made;
  test('the sources are in the format of gofmt, and in order for go vet', async () => {
    assert.equal(await succeed(command, ['gofmt', '-l', '.']), '');
    await succeed(command, ['go', 'vet', './...']);
  });
  const { cases, complaint } = await runTests(command);
  describe('the tests in Go', () => {
    for (const one of cases) test(one.name, (t) => show(t, one));
    test('all of them have run to their end', () => {
      assert.equal(complaint, undefined);
      assert.ok(cases.length > 0);
    });
  });
  checkExamples(command);
}
