import Type from 'typebox';
import { ok } from '../../winsock/outcome.js';
import { ownOperation } from '../operation.js';
import { RELAY_ID } from '../schemas/examples.js';
import { component, names } from '../schemas/schemas.js';
import { noSuchRelay, RelayInfoSchema, relayIdParameter, relayInfo } from './relay-schemas.js';

export const endRelay = ownOperation({
  name: 'endRelay',
  summary: 'End a relay',
  description: [
    'It accepts no more, and the listener can be used again. Its pairs are reset, or with `finish` go on',
    'until both of their streams have ended; until then the relay is listed.',
  ].join('\n'),
  scope: 'session',
  params: component('EndRelayRequest', 'Which relay, and how its pairs end.', {
    ...relayIdParameter,
    pairs: Type.Optional(names('EndOfPairs', ['reset', 'finish'], 'What happens to open pairs.')),
  }),
  result: RelayInfoSchema,
  example: { params: { relayId: RELAY_ID } },
  effect: 'change',
  rest: { method: 'DELETE', path: '/sessions/{sessionId}/relays/{relayId}', query: ['pairs'] },
  async run(session, { relayId, pairs = 'reset' }, _call, daemon) {
    const relay = daemon.relays.find(session, relayId);
    if (!relay) return noSuchRelay;
    const ends = relay.end(pairs);
    // Resets do not linger: when the answer comes, their handles are closed.
    await Promise.all(ends.map((end) => end.whenSettled()));
    return ok(relayInfo(relay));
  },
});
