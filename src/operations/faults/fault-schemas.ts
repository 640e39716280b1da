import Type, { type Static } from 'typebox';
import { type FaultEffect, SESSION_OPERATIONS, SOCKET_OPERATIONS } from '../../daemon/faults/faults.js';
import { canBeProblem, WSA_NAMES } from '../../winsock/errors.js';
import {
  component,
  int32,
  int64,
  names,
  probability,
  sessionIdSchema,
  socketIdSchema,
} from '../schemas/schemas.js';
export const EFFECTS = [
  'fail',
  'delay',
  'slice',
  'reset',
  'drop',
  'freeze',
] as const satisfies readonly FaultEffect['kind'][];
export type Effect = (typeof EFFECTS)[number];

/** An hour: longer than any limit of a wait. */
const LONGEST_MS = 3_600_000;
const MOST = 0x7fffffff;

/** A rule as armFault takes it, and startup and socket in a list. */
export const faultProperties = {
  operation: Type.Optional(
    names(
      [...SESSION_OPERATIONS, ...SOCKET_OPERATIONS],
      'The operation to hit. Without it: every one of them that the effect can act on. With `socketId` none of the session.',
    ),
  ),
  nth: Type.Optional(int32('Hits only the n-th matching call.', 1, MOST)),
  every: Type.Optional(int32('Hits every n-th matching call.', 1, MOST)),
  probability: Type.Optional(probability('Hits each matching call with this probability.')),
  seed: Type.Optional(
    int64('With `probability`: same seed, same calls, same hits. 0 without it.', 0, 0xffffffff),
  ),
  effect: names(
    EFFECTS,
    [
      '`fail` answers `code`; `delay` waits `delayMs` before the call; `slice` lets a stream receive or send at',
      'most `bytes`; `reset` resets the connection of the socket, whose calls answer WSAECONNRESET from then on;',
      '`drop` lets the network of the lab lose a datagram that was sent; `freeze` hides from then on for `freezeMs` all that arrives:',
      'bytes, connections, the end of the peer and a reset are seen by no receive, accept, recvDisconnect, select, poll,',
      'event, FIONREAD, SO_ERROR or state, by whichever id of the socket; a send does tell that the connection is gone.',
      'It ends with its rule, too, and when receiving is shut down; then those that wait wake.',
    ].join(' '),
  ),
  code: Type.Optional(names(WSA_NAMES.filter(canBeProblem), 'With `fail`: the code to answer.')),
  phase: Type.Optional(
    names(
      ['before', 'after'],
      'With `fail`: instead of the native call (`before`, also without it), or `after` it: then it was made, its result is dropped, and what it received goes back.',
    ),
  ),
  delayMs: Type.Optional(
    int32('With `delay`: milliseconds, below the wait limit of the daemon.', 1, LONGEST_MS),
  ),
  bytes: Type.Optional(int32('With `slice`: bytes.', 1, MOST)),
  freezeMs: Type.Optional(int32('With `freeze`: milliseconds.', 1, LONGEST_MS)),
  times: Type.Optional(int32('How often it hits at most.', 1, MOST)),
  expiresMs: Type.Optional(int32('Milliseconds until it hits no more.', 1, MOST)),
};

const FaultRuleSchema = component(
  'FaultRule',
  'A fault: which calls to hit, and what to do to them. At most one of nth, every and probability; without any, every matching call is hit.',
  faultProperties,
);

export type GivenFault = Static<typeof FaultRuleSchema>;

/** Rules given where a session or a socket begins. */
export const faultsParameter = (description: string) =>
  Type.Optional(Type.Array(FaultRuleSchema, { maxItems: 100, description }));

export const faultIdsSchema = Type.Optional(
  Type.Array(Type.String(), { description: 'The ids of the faults given, in their order.' }),
);

export const FaultInfoSchema = component('FaultInfo', 'An armed fault with its counters.', {
  faultId: Type.String({ description: 'Its id in the session, for example `flt_1`.' }),
  sessionId: sessionIdSchema,
  socketId: Type.Optional(socketIdSchema),
  ...faultProperties,
  calls: int32('Matching calls so far.', 0, MOST),
  hits: int32('How many of them it hit: on which it acted.', 0, MOST),
  spent: Type.Boolean({ description: 'It can hit no more: expired, or hit as often as it may.' }),
});
