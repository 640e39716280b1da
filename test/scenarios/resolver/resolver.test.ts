/** getAddrInfo and getNameInfo over HTTP, with names that need no name server. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemClock } from '../../../src/daemon/waiting/clock.js';
import { LabProvider } from '../../../src/providers/lab/lab-provider.js';
import { LabNetwork } from '../../../src/providers/lab/network.js';
import type { AddrInfo, Resolver } from '../../../src/providers/provider.js';
import { type Outcome, ok } from '../../../src/winsock/outcome.js';
import { PROVIDERS, startDaemon, startSession, until } from '../test-daemon.js';

for (const provider of PROVIDERS) {
  describe(`names on ${provider}`, () => {
    test('results of getAddrInfo fit bind and connect', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const hints = { provider, family: 'AF_INET', type: 'SOCK_STREAM' };
      const passive = await daemon.api.ok.post(`${session.path}/getAddrInfo`, {
        ...hints,
        node: 'localhost',
        service: '0',
        flags: ['AI_PASSIVE'],
      });
      const [at] = passive.addresses;
      const listener = await session.socket({ family: at.family, type: at.type });
      await listener.ok('bind', { address: at.address });
      await listener.ok('listen');
      const { port } = await listener.sockName();
      const { addresses } = await daemon.api.ok.post(`${session.path}/getAddrInfo`, {
        ...hints,
        node: 'localhost',
        service: String(port),
      });
      assert.deepEqual(addresses[0], {
        family: 'AF_INET',
        type: 'SOCK_STREAM',
        address: { family: 'AF_INET', address: '127.0.0.1', port },
      });
      const client = await session.stream();
      await client.ok('connect', { address: addresses[0].address });
    });

    test('an unknown name is 422 with its code, which is also the last error', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const problem = await daemon.api.problem.post(`${session.path}/getAddrInfo`, {
        provider,
        node: 'name.invalid',
        flags: ['AI_NUMERICHOST'],
      });
      assert.deepEqual(
        [problem.status, problem.name, problem.code, problem.function],
        [422, 'WSAHOST_NOT_FOUND', 11001, 'GetAddrInfoW'],
      );
      assert.equal((await daemon.api.ok.get(`${session.path}/lastError`)).code, 11001);
      const service = { provider, node: '127.0.0.1', service: 'no-such-service' };
      const unknown = await daemon.api.problem.post(`${session.path}/getAddrInfo`, service);
      assert.equal(unknown.name, 'WSATYPE_NOT_FOUND');
    });

    test('getNameInfo answers in names and in numbers', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      // No service name is registered for this port.
      const address = { family: 'AF_INET', address: '127.0.0.1', port: 65_000 };
      const named = await daemon.api.ok.post(`${session.path}/getNameInfo`, { provider, address });
      assert.equal(named.service, '65000');
      const flags = ['NI_NUMERICHOST', 'NI_NUMERICSERV'];
      const numbers = await daemon.api.ok.post(`${session.path}/getNameInfo`, { provider, address, flags });
      assert.deepEqual(numbers, { node: '127.0.0.1', service: '65000' });
    });
  });
}

test('the default provider resolves unless `provider` names another one', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const query = { node: '127.0.0.1', service: '65536' };
  const lab = await daemon.api.problem.post(`${session.path}/getAddrInfo`, { ...query, provider: 'lab' });
  assert.equal(lab.name, 'WSATYPE_NOT_FOUND');
  const absent = PROVIDERS.includes('posix') ? 'ws2_32' : 'posix';
  const missing = await daemon.api.problem.post(`${session.path}/getAddrInfo`, {
    ...query,
    provider: absent,
  });
  assert.equal(missing.name, 'WSAEINVAL');
});

test('control characters in a name are refused before any lookup', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  for (const params of [{ node: 'localhost\0.invalid' }, { service: '80\n' }]) {
    const problem = await daemon.api.problem.post(`${session.path}/getAddrInfo`, params);
    assert.equal(problem.type, '/problems/validation');
  }
});

test('a policy judges the address, not the name', async (t) => {
  const daemon = await startDaemon(t, {
    config: { policy: { connect: { allow: [] }, bind: { allow: [] } } },
  });
  const [native = 'lab'] = PROVIDERS;
  const session = await startSession(daemon, native);
  const { addresses } = await daemon.api.ok.post(`${session.path}/getAddrInfo`, {
    node: 'localhost',
    service: '80',
  });
  const socket = await session.stream();
  const denied = await socket.problem('connect', { address: addresses.at(-1).address });
  assert.equal(denied.type, '/problems/destination-denied');
});

/** A system whose lookups wait until the test lets them answer. */
const silent = () => {
  const asked: (() => void)[] = [];
  const resolver: Resolver = {
    getAddrInfo: () =>
      new Promise<Outcome<readonly AddrInfo[]>>((resolve) => asked.push(() => resolve(ok([])))),
    getNameInfo: async () => ok({ node: 'name', service: 'service' }),
  };
  const native = new LabProvider(new LabNetwork({ clock: systemClock }));
  Object.assign(native, { name: 'posix', resolver });
  const protocols = native.protocols.map((entry) => ({ ...entry, provider: 'posix' }));
  Object.defineProperty(native, 'protocols', { value: protocols });
  const answerAll = (): void => {
    for (const answer of asked.splice(0)) answer();
  };
  return { native, asked, answerAll };
};

test('a limit, a cleanup and the end of the session end the wait for a lookup; others go on', async (t) => {
  const { native, asked, answerAll } = silent();
  const daemon = await startDaemon(t, { native, config: { provider: 'posix' } });
  const session = await startSession(daemon, 'lab');
  const lookUp = `${session.path}/getAddrInfo`;
  const query = { node: 'name.invalid' };
  const limited = await daemon.api.problem.post(lookUp, { ...query, timeoutMs: 20 });
  assert.deepEqual([limited.name, limited.status], ['WSAETIMEDOUT', 504]);
  const cleaned = daemon.api.problem.post(lookUp, query);
  await until(() => asked.length === 2, 'it is asked');
  assert.ok((await session.stream()).id, 'nothing else is held up');
  await daemon.api.ok.post(`${session.path}/cleanup`);
  assert.equal((await cleaned).name, 'WSA_OPERATION_ABORTED');
  assert.equal(daemon.app.daemon.lookups.running, 2, 'what has begun cannot be taken back');
  answerAll();
  await until(() => daemon.app.daemon.lookups.running === 0, 'they are over');
});

test('an owner with sixteen pending lookups is refused one more, other owners are not', async (t) => {
  const { native, answerAll } = silent();
  const daemon = await startDaemon(t, { native, config: { provider: 'posix' } });
  const session = await startSession(daemon, 'lab');
  const lookUp = `${session.path}/getAddrInfo`;
  const waiting = Array.from({ length: 16 }, () => daemon.api.ok.post(lookUp, { node: 'name.invalid' }));
  const { calls } =
    daemon.app.daemon.sessions.findOfAnyOwner(session.id) ?? assert.fail('the session is there');
  await until(() => calls.size === 16, 'all sixteen wait');
  const refused = await daemon.api.problem.post(lookUp, { node: 'name.invalid' });
  assert.deepEqual([refused.status, refused.type, refused.retryable], [429, '/problems/quota', true]);
  const { sessionId } = await daemon.bob.ok.post('/v1/startup', {});
  const lab = { node: '127.0.0.1', service: '80', timeoutMs: 10_000 };
  const bobs = daemon.bob.ok.post(`/v1/sessions/${sessionId}/getAddrInfo`, { ...lab, provider: 'lab' });
  const answering = setInterval(answerAll, 1);
  t.after(() => clearInterval(answering));
  assert.equal((await bobs).addresses.length, 1);
  for (const { addresses } of await Promise.all(waiting)) assert.deepEqual(addresses, []);
});
