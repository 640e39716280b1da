import type { Static } from 'typebox';
import Type from 'typebox';
import { isRefusal } from '../../daemon/answers/answer.js';
import { refuse } from '../../daemon/answers/refusals.js';
import type { Pair } from '../../daemon/relays/pair.js';
import { ENDED_PAIRS, MOST_PAIRS, type Relay } from '../../daemon/relays/relay.js';
import { wsaNameOf } from '../../winsock/errors.js';
import { RelayFaultSchema } from '../faults/fault-schemas.js';
import {
  component,
  count,
  idSchema,
  instant,
  int32,
  longCount,
  names,
  SocketAddressSchema,
  sessionIdSchema,
  socketIdSchema,
} from '../schemas/schemas.js';

export const relayIdParameter = { relayId: idSchema('A relay id, as startRelay gave it.') };

export const relayFaultsParameter = Type.Optional(
  Type.Array(RelayFaultSchema, { maxItems: 100, description: 'Faults of its sockets, see armFault.' }),
);

const bytesToUpstream = longCount('Bytes that the upstream sockets have taken.');
const bytesToClient = longCount('Bytes that the accepted sockets have taken.');

const RelayPairSchema = component('RelayPair', 'An accepted connection, and the one that is made for it.', {
  number: int32('From 1, in the order in which they were accepted.', 1, 0x7fffffff),
  state: names(
    'RelayPairState',
    ['open', 'closed', 'reset'],
    '`closed`: after the ends of both streams; `reset`: both ends were reset.',
  ),
  clientSocketId: Type.Optional(socketIdSchema),
  upstreamSocketId: Type.Optional(socketIdSchema),
  clientAddress: Type.Optional(SocketAddressSchema),
  bytesToUpstream,
  bytesToClient,
  code: Type.Optional(count('The code of the call that failed, if one has reset it.')),
  name: Type.Optional(Type.String({ description: 'The name of the code.' })),
  call: Type.Optional(Type.String({ description: 'The function that failed.' })),
  refusal: Type.Optional(Type.String({ description: 'What the daemon refused, in place of a code.' })),
  openedAt: instant('When it was accepted.'),
  endedAt: Type.Optional(instant('When it ended.')),
});

export const RelayInfoSchema = component('RelayInfo', 'A relay with its counters.', {
  relayId: idSchema(),
  sessionId: sessionIdSchema,
  socketId: socketIdSchema,
  state: names(
    'RelayState',
    ['running', 'paused', 'finishing', 'ended'],
    '`paused`: connections wait in the queue of the listener; `finishing`: it accepts no more.',
  ),
  upstream: SocketAddressSchema,
  maxConnections: int32('Most pairs at once; further connections wait in the queue.', 1, MOST_PAIRS),
  faultIds: Type.Array(Type.String(), { description: 'The ids of its faults, in their order.' }),
  accepted: count('Pairs so far.'),
  openPairs: count('Pairs that are open.'),
  bytesToUpstream,
  bytesToClient,
  pairs: Type.Optional(
    Type.Array(RelayPairSchema, {
      description: `The newest ${ENDED_PAIRS} that have ended, then the open ones. Absent in a list.`,
    }),
  ),
  createdAt: instant('When it began.'),
});

/** A relay as lists show it. */
export const relaySummary = (relay: Relay): Static<typeof RelayInfoSchema> => ({
  relayId: relay.id,
  sessionId: relay.listener.session.id,
  socketId: relay.listener.id,
  state: relay.state,
  upstream: relay.settings.upstream,
  maxConnections: relay.settings.maxConnections,
  faultIds: [...relay.faultIds],
  accepted: relay.opened,
  openPairs: relay.open.length,
  bytesToUpstream: relay.bytesTo.upstream,
  bytesToClient: relay.bytesTo.client,
  createdAt: relay.createdAt.toISOString(),
});

/** A relay with its pairs. */
export const relayInfo = (relay: Relay): Static<typeof RelayInfoSchema> => ({
  ...relaySummary(relay),
  pairs: [...relay.ended, ...relay.open].map(pairInfo),
});

const pairInfo = (pair: Pair): Static<typeof RelayPairSchema> => {
  const { number, state, clientAddress, bytesTo, failure, openedAt, endedAt } = pair;
  const clientSocketId = pair.idOf('client');
  const upstreamSocketId = pair.idOf('upstream');
  return {
    number,
    state,
    ...(clientSocketId !== undefined && { clientSocketId }),
    ...(upstreamSocketId !== undefined && { upstreamSocketId }),
    ...(clientAddress && { clientAddress }),
    bytesToUpstream: bytesTo.upstream,
    bytesToClient: bytesTo.client,
    ...failureInfo(failure),
    openedAt: openedAt.toISOString(),
    ...(endedAt && { endedAt: endedAt.toISOString() }),
  };
};

const failureInfo = (failure: Pair['failure']) => {
  if (failure === undefined) return {};
  if (isRefusal(failure)) return { refusal: failure.refusal };
  const { code, call } = failure;
  const name = wsaNameOf(code);
  return { code, call, ...(name !== undefined && { name }) };
};

export const noSuchRelay = refuse('not-found', 'The session has no relay with this id, or it has ended.');
