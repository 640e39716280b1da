/** Generates the clients of docs/generating-a-client.md, and runs the programs of that page with them. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startDaemon, userEnv } from '../clients/user.js';
import { folder } from '../places.js';
import { CHECKOUT } from '../project/checkout.js';
import { Program } from '../remote/program.js';
import { canRun } from '../remote/requirements.js';
import { GENERATORS, type Generator, prepare, REQUIREMENTS, SOURCES } from './generators/generators.js';
import { blockIn, readDocument } from './markdown.js';

const PAGE = readDocument('docs/generating-a-client.md');

/** The files of a client on the page, and `commands`, which generate it, compile them and run them. */
const blocksOf = (client: string): readonly string[] =>
  [...PAGE.matchAll(/^<!-- client: (\S+), (\S+) -->$/gm)].flatMap(([, of, name = '']) =>
    of === client ? [name] : [],
  );

const blockOf = (client: string, name: string): string => blockIn(PAGE, `client: ${client}, ${name}`);

/** The time for the first run, which fetches much. */
const LIMIT_MS = 200_000;
const TOKEN = 'token-of-generated-clients-0123';
/** No one listens there: a program that uses the proxy fails. */
const PROXY = 'http://127.0.0.1:9';

/** The port of Python's HTTP server, which serves an empty folder. */
const startServer = async (t: TestContext): Promise<string> => {
  const argv = ['python3', '-u', '-m', 'http.server', '--bind', '127.0.0.1', '0'];
  const server = new Program(argv, { cwd: folder(t) });
  t.after(() => server.stop());
  const [, port = ''] = await server.line(/^Serving HTTP on 127\.0\.0\.1 port (\d+)/);
  return port;
};

/** Runs the commands of a client in a folder with its files. Returns what they print. */
const commandsOf = async (
  t: TestContext,
  client: string,
  { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<string> => {
  copyFileSync(join(CHECKOUT, 'openapi', 'openapi.json'), join(cwd, 'openapi.json'));
  for (const name of blocksOf(client).filter((one) => one !== 'commands')) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true });
    writeFileSync(join(cwd, name), blockOf(client, name));
  }
  const mono = join(SOURCES, 'mono');
  const compile = client === 'csharp' ? `bash ${mono}/compile-and-run.sh ${mono}\n` : '';
  const input = `${blockOf(client, 'commands')}${compile}`;
  const program = new Program(['bash', '-e'], { cwd, env, input });
  t.after(() => program.stop());
  assert.equal(await program.exit(LIMIT_MS), 0, program.stdout + program.stderr);
  return program.stdout;
};

const read = async (url: string) => {
  const answer = await fetch(url, { headers: { Authorization: `Bearer ${TOKEN}` } });
  return JSON.parse(await answer.text());
};

/** Has the program make its calls, and checks that the daemon has made all of them. */
const conversation = async (t: TestContext, client: string, generator: Generator): Promise<void> => {
  const cwd = folder(t);
  const prepared = await prepare(generator, cwd);
  if ('against' in prepared) return void canRun(t, prepared.against);
  const url = await startDaemon(t, userEnv(folder(t), { WINSOCKD_TOKEN: TOKEN }));
  // Those of this process are for Node in the folder of the checkout.
  const { NODE_OPTIONS, ...inherited } = process.env;
  const env = {
    ...{ ...inherited, ...prepared.env, http_proxy: PROXY, HTTP_PROXY: PROXY },
    ...{ WINSOCKD_URL: url, WINSOCKD_TOKEN: TOKEN, PORT: await startServer(t) },
  };
  const printed = await commandsOf(t, client, { cwd, env });
  assert.ok(printed.includes(blockOf('every', 'output')), printed);
  const [session, ...others] = (await read(`${url}/v1/sessions`)).sessions;
  assert.deepEqual([session.startups, session.sockets, others], [0, 0, []]);
  const { entries } = await read(`${url}/v1/sessions/${session.sessionId}/journal`);
  const calls = entries.map((entry: { operation: string }) => entry.operation);
  const expected = ['startup', 'socket', 'send', 'connect', 'send', 'sendDisconnect', 'recv'];
  assert.deepEqual([calls.slice(0, expected.length), calls.at(-1)], [expected, 'cleanup']);
};

for (const [client, generator] of Object.entries(GENERATORS)) {
  test(`a client by ${client}: generated, compiled and run as printed`, async (t) => {
    if (!generator.isQuick && process.env.GENERATORS !== 'all') return t.skip('only with GENERATORS=all');
    await conversation(t, client, generator);
  });
}

test('every client of the page has commands and a program, and is tested here', () => {
  const clients = [...PAGE.matchAll(/^<!-- client: (\S+), commands -->$/gm)].map(([, client = '']) => client);
  assert.deepEqual(clients.toSorted(), Object.keys(GENERATORS).toSorted());
  for (const client of clients) assert.equal(blocksOf(client).length, 2, client);
});

test('the versions of the page are those that are tested', () => {
  const { devDependencies } = JSON.parse(readDocument('package.json'));
  const packages = ['openapi-typescript', 'openapi-fetch', 'typescript', '@types/node'];
  const client = readDocument('clients/python/tests/requirements.txt').match(/^openapi-python-client==.*$/m);
  const expected = [
    ...readFileSync(REQUIREMENTS, 'utf8').trim().split('\n'),
    ...(client ?? ['openapi-python-client']),
    ...packages.map((name) => `${name}@${devDependencies[name]}`),
  ];
  for (const one of expected) assert.match(PAGE, new RegExp(`[ \`]${one.replaceAll('.', '\\.')}[ \`]`), one);
});
