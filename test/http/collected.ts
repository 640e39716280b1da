import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import type { ByteAccounts } from '../../src/daemon/memory/byte-account.js';
import { KeptBytes } from '../../src/http/memory/kept-bytes.js';
import { StalledClients } from '../../src/http/memory/stalled-clients.js';
import { TurnLoad } from '../../src/http/memory/turn-load.js';
import { CollectedAnswer } from '../../src/http/rest/collected-answer.js';
import type { CallReply } from '../../src/http/rest/named-calls.js';
import type { Reply } from '../../src/operations/dispatch/reply.js';
import { FAKE_OPERATIONS } from './fake-operations.js';

/** A collected answer of alice, and her client, who may go away. */
export const collectedFor = (bytes: ByteAccounts, client = { isLost: false }): CollectedAnswer => {
  const turn = new TurnLoad();
  const stalled = new StalledClients(
    10,
    () => () => undefined,
    () => undefined,
  );
  const receiver = {
    owner: 'alice',
    raw: { socket: new Socket() },
    get isLost() {
      return client.isLost;
    },
  };
  return new CollectedAnswer(receiver, { kept: new KeptBytes(bytes, stalled, turn), turn });
};

/** The reply of a call that has succeeded. */
export const callReply = (settle: Reply['settle']): CallReply => ({
  client: { leftWhilePending: false },
  result: {
    operation: FAKE_OPERATIONS[0] ?? assert.fail('there is one'),
    answer: { ok: true, value: {} },
    context: {},
    timing: { native: 1, wait: 2 },
    settle,
  },
});
