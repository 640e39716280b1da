/** Forms of calls, made from the daemon's own description of them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Field, fieldsOf, type RpcDocument, readForm } from '../../src/console/model/forms.js';
import { predict } from '../../src/console/model/predictions.js';
import { suggestedFor } from '../../src/console/model/suggestions.js';
import type { SocketInfo } from '../../src/console/model/types.js';
import type { Body } from '../http/client.js';
import { CHECKOUT } from '../project/checkout.js';
import { startDaemon, startSession } from '../scenarios/test-daemon.js';

const DOCUMENT: RpcDocument = JSON.parse(readFileSync(join(CHECKOUT, 'openapi', 'openrpc.json'), 'utf8'));

const fieldsFor = (name: string): readonly Field[] => {
  const method = DOCUMENT.methods.find((one) => one.name === name);
  assert.ok(method, name);
  return fieldsOf(method, DOCUMENT);
};

test('every parameter of every method has a field; ids are given by the place of the form', () => {
  for (const method of DOCUMENT.methods) {
    const fields = fieldsOf(method, DOCUMENT);
    assert.equal(fields.length, method.params.length);
    for (const { name, kind, words } of fields) {
      if (kind === 'choice' || kind === 'choices') assert.ok(words.length > 0, `${method.name} ${name}`);
      if (name === 'socketId' || name === 'sessionId') assert.equal(kind, 'id', `${method.name} ${name}`);
    }
  }
  const kinds = Object.fromEntries(fieldsFor('send').map(({ name, kind }) => [name, kind]));
  assert.deepEqual(kinds, {
    socketId: 'id',
    data: 'buffer',
    buffers: 'json',
    flags: 'choices',
    timeoutMs: 'number',
  });
  assert.equal(fieldsFor('connect').find(({ name }) => name === 'address')?.kind, 'address');
});

test('what is entered becomes parameters; what is empty is not sent', () => {
  const read = readForm(fieldsFor('send'), {
    data: { as: 'text', value: 'hello\n', len: '3' },
    flags: ['MSG_OOB'],
    timeoutMs: '250',
    buffers: '',
  });
  assert.deepEqual(read, {
    ok: true,
    params: { data: { text: 'hello\n', len: 3 }, flags: ['MSG_OOB'], timeoutMs: 250 },
  });
  assert.deepEqual(readForm(fieldsFor('send'), { data: { as: 'text', value: '', len: '' }, flags: [] }), {
    ok: true,
    params: {},
  });
});

test('bytes may be entered in hexadecimal', () => {
  const read = (value: string) => readForm(fieldsFor('send'), { data: { as: 'hex', value, len: '' } });
  assert.deepEqual(read('00 ff:0A 62'), { ok: true, params: { data: { base64: 'AP8KYg==' } } });
  for (const wrong of ['0', 'zz', '0 0 0']) {
    assert.deepEqual(read(wrong), { ok: false, wrong: { data: 'must be pairs of hexadecimal digits' } });
  }
});

test('only what cannot be sent is refused here, with its field', () => {
  const read = readForm(fieldsFor('setSockOpt'), { level: 'SOL_SOCKET', name: 'x', value: '{"linger": ' });
  assert.ok(!read.ok);
  assert.match(read.wrong.value ?? '', /^is not JSON: /);
  assert.deepEqual(readForm(fieldsFor('listen'), { backlog: 'five' }), {
    ok: false,
    wrong: { backlog: 'is not a number' },
  });
  // The daemon explains this better than a form could.
  assert.deepEqual(readForm(fieldsFor('listen'), { backlog: '-5' }), { ok: true, params: { backlog: -5 } });
});

test('the values that forms begin with make a whole conversation on the lab', async (t) => {
  const { api } = await startDaemon(t);
  const rpc = async (method: string, params: object): Promise<Body> => {
    const answer = await api.post('/v1/rpc', { jsonrpc: '2.0', id: 1, method, params });
    assert.equal(answer.body.error, undefined, `${method}: ${JSON.stringify(answer.body.error?.data)}`);
    return answer.body.result;
  };
  const filled = async (method: string, ids: Body, others: readonly SocketInfo[] = []): Promise<Body> => {
    const socket = others.find(({ socketId }) => socketId === ids.socketId);
    const read = readForm(fieldsFor(method), suggestedFor(method, socket, others));
    assert.ok(read.ok);
    return rpc(method, { ...ids, ...read.params });
  };
  const { sessionId } = await filled('startup', {});
  const lab = async (): Promise<string> => {
    const read = readForm(fieldsFor('socket'), suggestedFor('socket', undefined, []));
    assert.ok(read.ok);
    return (await rpc('socket', { sessionId, ...read.params, provider: 'lab' })).socketId;
  };
  const infos = async (): Promise<SocketInfo[]> => (await rpc('listSockets', { sessionId })).sockets;
  const [listener, client] = [await lab(), await lab()];
  await filled('bind', { socketId: listener }, await infos());
  await filled('listen', { socketId: listener }, await infos());
  await filled('connect', { socketId: client }, await infos());
  const { socketId: accepted } = await filled('accept', { socketId: listener }, await infos());
  await filled('send', { socketId: client }, await infos());
  const received = await filled('recv', { socketId: accepted }, await infos());
  assert.equal(received.data.text, 'hello');
  for (const method of ['sendDisconnect', 'getSockOpt', 'setSockOpt', 'ioctl', 'eventSelect', 'close']) {
    await filled(method, { socketId: client }, await infos());
  }
});

/** What a call answers that succeeds, or waits in vain. */
const MADE = ['ok', 'WSAETIMEDOUT'];

test('each form of a socket begins with values whose call is made, and ends as its button says', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const sockets = {
    listener: () => session.listener(),
    connected: async () => (await session.pair())[0],
    async datagram() {
      const socket = await session.datagram();
      await socket.ok('bind', { address: { family: 'AF_INET', address: '127.0.0.1', port: 0 } });
      return socket;
    },
  };
  // Where the others connect and send to.
  await sockets.listener();
  await sockets.datagram();
  const methods = DOCUMENT.methods.filter(({ params }) =>
    params.some(({ name, required }) => name === 'socketId' && required === true),
  );
  const answers: string[] = [];
  const wrong: string[] = [];
  for (const [kind, open] of Object.entries(sockets)) {
    for (const { name } of methods) {
      const socket = await open();
      const info = await socket.info();
      const others: SocketInfo[] = (await daemon.api.ok.get(`${session.path}/sockets`)).sockets;
      const read = readForm(fieldsFor(name), suggestedFor(name, info, others));
      assert.ok(read.ok);
      const params = { ...read.params, ...('timeoutMs' in read.params && { timeoutMs: 10 }) };
      const expected = predict(name, info, { params });
      const request = { jsonrpc: '2.0', id: 1, method: name, params: { socketId: socket.id, ...params } };
      const { error } = (await daemon.api.post('/v1/rpc', request)).body;
      const answer = error === undefined ? 'ok' : (error.data.name ?? error.data.type);
      answers.push(answer);
      const allowed = expected === undefined ? MADE : [expected];
      if (!allowed.includes(answer)) wrong.push(`${name} of ${kind}: ${allowed.join(' or ')}, was ${answer}`);
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(MADE.every((one) => answers.includes(one)));
});
