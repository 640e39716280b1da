/** A new operation and a new effect need only the steps in CONTRIBUTING.md. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { client } from '../http/client.js';
import { CHECKOUT, removeFolder, workingCopy } from './checkout.js';

const TOKEN = 'token-of-the-test-0123';

const OPERATION = `
import { ok } from '../../winsock/outcome.js';
import { operation } from '../operation.js';
import { component, emptyResult } from '../schemas/schemas.js';

export const stopSending = operation({
  name: 'stopSending',
  summary: 'shutdown with SD_SEND',
  description: 'An operation that this project does not have.',
  winsock: ['shutdown'],
  scope: 'socket',
  params: component('StopSendingRequest', 'Nothing.', {}),
  result: emptyResult('StopSendingResult'),
  errors: ['WSAENOTCONN'],
  effect: 'change',
  run(socket) {
    const done = socket.use((provider, s) => provider.shutdown(s, 'SD_SEND', 0));
    return done.ok ? ok({}) : done;
  },
});
`;

const EFFECT = `
import Type from 'typebox';
import { fail } from '../../../winsock/outcome.js';
import { caused, type Effect, type Members } from '../effect.js';

const schema = { reason: Type.String({ description: 'With \`refuse\`: why.' }) };

export const refuse: Effect = {
  kind: 'refuse',
  text: 'answers WSAEACCES',
  schema,
  part: () => 'replaces',
  before({ call, name }, { reason }: Members<typeof schema>, { id }) {
    return caused(call, { faultId: id, effect: 'refuse' }, fail('WSAEACCES', name, { detail: reason }));
  },
};
`;

/** Adds a file, and to a list an import and the name before an existing one. */
const add = (folder: string, path: string, text: string, list: string, name: string, next: RegExp): void => {
  writeFileSync(join(folder, path), text);
  const from = path.replace(/^src\/operations\/(faults\/(?=effects\/))?/, './').replace(/\.ts$/, '.js');
  const before = readFileSync(join(folder, list), 'utf8');
  const after = `import { ${name} } from '${from}';\n${before.replace(next, (found) => `${name}, ${found}`)}`;
  assert.notEqual(after.length, before.length);
  writeFileSync(join(folder, list), after);
};

test('an operation and an effect each need only a file and a line', async (t) => {
  const folder = workingCopy(['src', 'config', 'package.json', 'tsconfig.json']);
  t.after(() => removeFolder(folder));
  add(
    folder,
    'src/operations/connection/stop-sending.ts',
    OPERATION,
    'src/operations/list.ts',
    'stopSending',
    /(?<=operations: \[)shutdown,/,
  );
  add(
    folder,
    'src/operations/faults/effects/refuse.ts',
    EFFECT,
    'src/operations/faults/effects.ts',
    'refuse',
    /slowClose,\n\];/,
  );
  const tsc = join(CHECKOUT, 'node_modules/typescript/bin/tsc');
  const built = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
  assert.equal(built.status, 0, built.stdout);

  const child = spawn(process.execPath, [join(folder, 'dist/src/main.js')], {
    env: { WINSOCKD_PORT: '0', WINSOCKD_PROVIDER: 'lab', WINSOCKD_TOKEN: TOKEN },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  let printed = '';
  while (!/listening on http\S+\d/.test(printed)) {
    const [chunk] = await once(child.stdout, 'data');
    printed += String(chunk);
  }
  const api = client(/http:\S+\d/.exec(printed)?.[0] ?? '', TOKEN);

  const { paths, components } = await api.ok.get('/openapi.json');
  assert.ok(paths['/v1/sockets/{socketId}/stopSending'].post);
  const { FaultRule, FaultOperation, FaultEffect } = components.schemas;
  assert.ok(FaultOperation.enum.includes('stopSending'));
  assert.ok(FaultEffect.enum.includes('refuse'));
  assert.match(FaultEffect.description, /; `refuse` answers WSAEACCES/);
  assert.equal(FaultRule.properties.reason.type, 'string');

  const { sessionId } = await api.ok.post('/v1/startup', {});
  const { socketId } = await api.ok.post(`/v1/sessions/${sessionId}/sockets`, {
    family: 'AF_INET',
    type: 'SOCK_STREAM',
  });
  const stop = `/v1/sockets/${socketId}/stopSending`;
  assert.equal((await api.problem.post(stop, {})).name, 'WSAENOTCONN');
  const faults = `/v1/sessions/${sessionId}/faults`;
  const needed = await api.problem.post(faults, { effect: 'refuse' });
  assert.equal(needed.errors[0].pointer, '/reason');
  const armed = { operation: 'stopSending', effect: 'refuse', reason: 'as asked' };
  assert.equal((await api.ok.post(faults, armed)).reason, 'as asked');
  const refused = await api.problem.post(stop, {});
  assert.deepEqual([refused.name, refused.fault], ['WSAEACCES', 'flt_1']);

  const { entries } = await api.ok.get(`/v1/sockets/${socketId}/journal`);
  const [, , hit] = entries;
  assert.deepEqual(
    [hit.operation, hit.name, hit.faults, hit.invented],
    ['stopSending', 'WSAEACCES', ['flt_1'], { faultId: 'flt_1', effect: 'refuse' }],
  );
  const { body } = await api.get(`/v1/sockets/${socketId}/journal.py`);
  assert.match(body, /stopSending/);
  assert.match(body, /"reason": ?"as asked"/);
});
