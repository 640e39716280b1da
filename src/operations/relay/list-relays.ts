import Type from 'typebox';
import { ok } from '../../winsock/outcome.js';
import { ownOperation } from '../operation.js';
import { component } from '../schemas/schemas.js';
import { RelayInfoSchema, relaySummary } from './relay-schemas.js';

export const listRelays = ownOperation({
  name: 'listRelays',
  summary: 'The relays of a session',
  description: 'In the order of their beginning, without their pairs.',
  scope: 'session',
  params: component('ListRelaysRequest', 'Nothing.', {}),
  result: component('RelayList', 'Relays.', {
    relays: Type.Array(RelayInfoSchema, { description: 'All of them: each has a listener of its own.' }),
  }),
  effect: 'read',
  rest: { method: 'GET', path: '/sessions/{sessionId}/relays' },
  run: (session, _params, _call, daemon) => ok({ relays: daemon.relays.of(session).map(relaySummary) }),
});
