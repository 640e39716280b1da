import { ok } from '../../winsock/outcome.js';
import { ownOperation } from '../operation.js';
import { RELAY_ID } from '../schemas/examples.js';
import { component } from '../schemas/schemas.js';
import { noSuchRelay, RelayInfoSchema, relayIdParameter, relayInfo } from './relay-schemas.js';

export const getRelay = ownOperation({
  name: 'getRelay',
  summary: 'One relay, with its pairs',
  description: 'A pair that was reset has the code that was the reason.',
  scope: 'session',
  params: component('GetRelayRequest', 'Which relay.', relayIdParameter),
  result: RelayInfoSchema,
  example: { params: { relayId: RELAY_ID } },
  effect: 'read',
  rest: { method: 'GET', path: '/sessions/{sessionId}/relays/{relayId}', long: true },
  run(session, { relayId }, _call, daemon) {
    const relay = daemon.relays.find(session, relayId);
    return relay ? ok(relayInfo(relay)) : noSuchRelay;
  },
});
