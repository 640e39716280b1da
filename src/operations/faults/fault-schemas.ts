import Type, { type Static, type TProperties } from 'typebox';
import { RELAY_ENDS } from '../../daemon/faults/fault-rule.js';
import {
  component,
  idSchema,
  int32,
  int64,
  names,
  probability,
  sessionIdSchema,
  socketIdSchema,
} from '../schemas/schemas.js';
import { MOST } from './effect.js';
import { EFFECTS } from './effects.js';
import { FAULTABLE_NAMES } from './faultable.js';

export const FaultEffectSchema = names(
  'FaultEffect',
  EFFECTS.map(({ kind }) => kind),
  `${EFFECTS.map(({ kind, text }) => `\`${kind}\` ${text}`).join('; ')}.`,
);

/** The members of all effects; readFault checks which of them belong to the effect of a rule. */
const membersOfEffects: TProperties = Object.fromEntries(
  EFFECTS.flatMap(({ schema }) => Object.entries(schema)).map(([name, type]) => [name, Type.Optional(type)]),
);

/** A rule, as armFault takes it and startup and socket take a list of them. */
export const faultProperties = {
  operation: Type.Optional(
    Type.Unsafe<string>({
      $id: 'FaultOperation',
      type: 'string',
      enum: FAULTABLE_NAMES,
      description:
        'The operation to hit. Without it: all that the effect fits; with `socketId`, of sockets only.',
    }),
  ),
  nth: Type.Optional(int32('Hits only the n-th matching call.', 1, MOST)),
  every: Type.Optional(int32('Hits every n-th matching call.', 1, MOST)),
  probability: Type.Optional(probability('Hits each matching call with this probability.')),
  seed: Type.Optional(
    int64('With `probability`, `latency`: same seed, same calls, same hits. 0 without it.', 0, 0xffffffff),
  ),
  afterBytes: Type.Optional(
    int32(
      'Hits calls of a stream after exactly so many bytes in their direction; the call before is cut short.',
      1,
      MOST,
    ),
  ),
  effect: FaultEffectSchema,
  ...membersOfEffects,
  times: Type.Optional(int32('How often it hits at most.', 1, MOST)),
  expiresMs: Type.Optional(int32('Milliseconds after which it hits no more.', 1, MOST)),
};

/** The members of a rule for the sockets of a relay. */
const relayMembers = {
  end: names('RelayEnd', RELAY_ENDS, 'The sockets that a relay accepts, or those that connect.'),
  nthConnection: Type.Optional(int32('Only the n-th pair of the relay.', 1, MOST)),
};

/** A rule of a relay; every effect is possible. */
export const RelayFaultSchema = component('RelayFault', 'As FaultRule, for one end of a relay.', {
  ...relayMembers,
  ...faultProperties,
});

export type GivenRelayFault = Static<typeof RelayFaultSchema>;

const FaultRuleSchema = component(
  'FaultRule',
  'Which calls to hit, and how. At most one of nth, every, probability, afterBytes; without: all that match.',
  faultProperties,
);

export type GivenFault = Static<typeof FaultRuleSchema>;

/** The parameter of startup and socket that arms faults. */
export const faultsParameter = (description: string) =>
  Type.Optional(Type.Array(FaultRuleSchema, { maxItems: 100, description }));

export const faultIdsSchema = Type.Optional(
  Type.Array(Type.String(), { description: 'The ids of the faults given, in their order.' }),
);

export const FaultInfoSchema = component('FaultInfo', 'An armed fault with its counters.', {
  faultId: Type.String({ description: 'Its id in the session, for example `flt_1`.' }),
  sessionId: sessionIdSchema,
  socketId: Type.Optional(socketIdSchema),
  relayId: Type.Optional(idSchema('The relay that it belongs to.')),
  end: Type.Optional(relayMembers.end),
  nthConnection: relayMembers.nthConnection,
  ...faultProperties,
  calls: int32('Matching calls so far.', 0, MOST),
  hits: int32('On how many of them it acted.', 0, MOST),
  spent: Type.Boolean({ description: 'It hits no more: expired, or `times` reached.' }),
});
