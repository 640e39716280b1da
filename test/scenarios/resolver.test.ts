/** getAddrInfo and getNameInfo over HTTP, with names that no name server is asked about. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { begin, PROVIDERS, rig } from './rig.js';

for (const provider of PROVIDERS) {
  describe(`names on ${provider}`, () => {
    test('what getAddrInfo gives is what bind and connect take', async (t) => {
      const r = await rig(t);
      const session = await begin(r, provider);
      const hints = { provider, family: 'AF_INET', type: 'SOCK_STREAM' };
      const passive = await r.api.ok.post(`${session.path}/getAddrInfo`, {
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
      const { addresses } = await r.api.ok.post(`${session.path}/getAddrInfo`, {
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

    test('a name that is not found is 422 with its code, which is the last error too', async (t) => {
      const r = await rig(t);
      const session = await begin(r, provider);
      const problem = await r.api.problem.post(`${session.path}/getAddrInfo`, {
        provider,
        node: 'name.invalid',
        flags: ['AI_NUMERICHOST'],
      });
      assert.deepEqual(
        [problem.status, problem.name, problem.code, problem.function],
        [422, 'WSAHOST_NOT_FOUND', 11001, 'GetAddrInfoW'],
      );
      assert.equal((await r.api.ok.get(`${session.path}/lastError`)).code, 11001);
      const service = { provider, node: '127.0.0.1', service: 'no-such-service' };
      const unknown = await r.api.problem.post(`${session.path}/getAddrInfo`, service);
      assert.equal(unknown.name, 'WSATYPE_NOT_FOUND');
    });

    test('getNameInfo answers in names and in numbers', async (t) => {
      const r = await rig(t);
      const session = await begin(r, provider);
      const address = { family: 'AF_INET', address: '127.0.0.1', port: 4242 };
      const named = await r.api.ok.post(`${session.path}/getNameInfo`, { provider, address });
      assert.equal(named.service, '4242');
      const flags = ['NI_NUMERICHOST', 'NI_NUMERICSERV'];
      const numbers = await r.api.ok.post(`${session.path}/getNameInfo`, { provider, address, flags });
      assert.deepEqual(numbers, { node: '127.0.0.1', service: '4242' });
    });
  });
}

test('the default provider resolves; another one has to be named', async (t) => {
  const r = await rig(t);
  const session = await begin(r, 'lab');
  const query = { node: '127.0.0.1', service: '65536' };
  const lab = await r.api.problem.post(`${session.path}/getAddrInfo`, { ...query, provider: 'lab' });
  assert.equal(lab.name, 'WSATYPE_NOT_FOUND');
  const absent = PROVIDERS.includes('posix') ? 'ws2_32' : 'posix';
  const missing = await r.api.problem.post(`${session.path}/getAddrInfo`, { ...query, provider: absent });
  assert.equal(missing.name, 'WSAEINVAL');
});

test('control characters in a name are refused before anybody is asked', async (t) => {
  const r = await rig(t);
  const session = await begin(r, 'lab');
  for (const params of [{ node: 'localhost\0.invalid' }, { service: '80\n' }]) {
    const problem = await r.api.problem.post(`${session.path}/getAddrInfo`, params);
    assert.equal(problem.type, '/problems/validation');
  }
});

test('a policy judges the address, not the name', async (t) => {
  const r = await rig(t, { config: { policy: { connect: { allow: [] }, bind: { allow: [] } } } });
  const [native = 'lab'] = PROVIDERS;
  const session = await begin(r, native);
  const { addresses } = await r.api.ok.post(`${session.path}/getAddrInfo`, {
    node: 'localhost',
    service: '80',
  });
  const socket = await session.stream();
  const denied = await socket.problem('connect', { address: addresses.at(-1).address });
  assert.equal(denied.type, '/problems/destination-denied');
});
