import Type, { type TObject } from 'typebox';
import type { EventKind } from '../../daemon/journal/event-log.js';
import {
  component,
  count,
  idSchema,
  longCount,
  names,
  sessionIdSchema,
  socketIdSchema,
  socketState,
} from '../schemas/schemas.js';
import { EndReasonSchema, JournalEntrySchema } from './journal-schemas.js';

const ChangeSchema = names('Change', ['began', 'ended'], 'What happened to it.');

/** The data of each event of the stream, by its name. */
export const EVENT_SCHEMAS: Readonly<Record<EventKind | 'gap', TObject>> = {
  operation: component(
    'OperationEvent',
    'The data of the event `operation`: a call has ended. An entry of the journal, with its session.',
    { sessionId: sessionIdSchema, ...JournalEntrySchema.properties },
  ),
  undelivered: component(
    'UndeliveredEvent',
    'The data of the event `undelivered`: what the call took went back, unless `collected`.',
    {
      sessionId: sessionIdSchema,
      socketId: Type.Optional(socketIdSchema),
      sequence: longCount('The journal entry whose answer was not delivered.', 1),
      collected: Type.Optional(Type.Boolean({ description: 'As in the journal.' })),
    },
  ),
  state: component('StateEvent', 'The data of the event `state`: the state of a socket changed.', {
    sessionId: sessionIdSchema,
    socketId: socketIdSchema,
    from: socketState,
    to: socketState,
  }),
  session: component('SessionEvent', 'The data of the event `session`.', {
    sessionId: sessionIdSchema,
    change: ChangeSchema,
    reason: Type.Optional(EndReasonSchema),
  }),
  relay: component('RelayEvent', 'The data of the event `relay`: of a relay or, with `pair`, of one pair.', {
    sessionId: sessionIdSchema,
    socketId: Type.Optional(socketIdSchema),
    relayId: idSchema(),
    change: ChangeSchema,
    pair: Type.Optional(count('The number of the pair.')),
    code: Type.Optional(count('The code that reset the pair.')),
    refusal: Type.Optional(Type.String({ description: 'What the daemon refused, in place of a code.' })),
  }),
  gap: component('GapEvent', 'The data of the event `gap`: some events since Last-Event-ID are lost.', {
    lost: longCount('How many events of all kinds are no longer kept.'),
    earlierRun: Type.Optional(Type.Boolean({ description: 'Events of an earlier run are lost as well.' })),
  }),
};
