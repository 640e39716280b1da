/** Every operation of the list, called at its own route. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OPERATIONS } from '../../src/operations/list.js';
import { Caller, everything, overRest } from './every-operation.js';
import { PROVIDERS, startDaemon } from './test-daemon.js';

for (const provider of PROVIDERS) {
  test(`every operation succeeds on ${provider}`, async (t) => {
    const { api } = await startDaemon(t);
    const call = new Caller(overRest(api));
    await everything(call, provider);
    assert.deepEqual(
      OPERATIONS.filter(({ name }) => !call.called.has(name)).map(({ name }) => name),
      [],
      'operations that everything() does not call',
    );
  });
}

describe('every operation on a session or a socket first checks owner and start-up', () => {
  const EXEMPT = [
    'getSession',
    'renewSession',
    'endSession',
    'getLastError',
    'setLastError',
    'listSockets',
    'getSessionJournal',
    'getSocketJournal',
  ];

  for (const { name, scope } of OPERATIONS.filter((op) => op.scope !== 'daemon')) {
    test(name, async (t) => {
      const { api, bob } = await startDaemon(t);
      const { sessionId } = await api.ok.post('/v1/startup');
      const { socketId } = await api.ok.post(`/v1/sessions/${sessionId}/sockets`, { provider: 'lab' });
      const { faultId } = await api.ok.post(`/v1/sessions/${sessionId}/faults`, {
        effect: 'delay',
        delayMs: 1,
        nth: 99,
      });
      const option = name.endsWith('SockOpt') ? { level: 'SOL_SOCKET', name: 'SO_ERROR' } : {};
      const fault = name.endsWith('Fault') && name !== 'armFault' ? { faultId } : {};
      const target = { ...(scope === 'session' ? { sessionId } : { socketId }), ...option, ...fault };

      const foreign = await new Caller(overRest(bob)).any(name, target);
      assert.equal(foreign.status, 404, 'to another owner');

      await api.ok.post(`/v1/sessions/${sessionId}/cleanup`);
      const stopped = await new Caller(overRest(api)).any(name, target);
      assert.equal(stopped.body.code === 10093, !EXEMPT.includes(name), JSON.stringify(stopped.body));
    });
  }
});
