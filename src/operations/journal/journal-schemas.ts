import type { Static } from 'typebox';
import Type from 'typebox';
import type { Answer } from '../../daemon/answers/answer.js';
import { invalid } from '../../daemon/answers/refusals.js';
import type { IdEndReason } from '../../daemon/ids/tombstones.js';
import type { JournalEntry } from '../../daemon/journal/journal-entry.js';
import type { NewestItems } from '../../daemon/journal/newest-items.js';
import { wsaNameOf } from '../../winsock/errors.js';
import { ok } from '../../winsock/outcome.js';
import { FaultEffectSchema } from '../faults/fault-schemas.js';
import {
  BytesSchema,
  component,
  count,
  instant,
  int32,
  int64,
  longCount,
  names,
  SocketAddressSchema,
  socketIdSchema,
  socketState,
} from '../schemas/schemas.js';
import { MOST_CHARACTERS, MOST_ITEMS } from './journaled-parameters.js';

const MOST = Number.MAX_SAFE_INTEGER;
const bytes = (description: string) => Type.Optional(count(description));

export const ENDS = [
  'closed',
  'relay-reset',
  'cleanup',
  'session-ended',
  'lease-expired',
  'connection-lost',
] as const satisfies IdEndReason[];

/** Absent while the session or socket lives. */
export const EndReasonSchema = names('EndReason', ENDS, 'Why a session or a socket ended.');

/** Microseconds since the session began, as `at` and `endedAt` count them. */
export const elapsed = longCount;

/** Makes the times of several sessions comparable. */
export const beganAt = longCount(
  'When the session began, µs of a clock that all sessions share; plus `at` it orders their calls.',
);

const InventionSchema = component('JournalInvention', 'An answer that a fault made.', {
  faultId: Type.String({ description: 'The fault that made the answer.' }),
  effect: FaultEffectSchema,
  realCode: Type.Optional(count('How the real call ended: 0 or its code. Absent: it was not made.')),
});

export const JournalEntrySchema = component(
  'JournalEntry',
  [
    'What happened in one call. The states are those of its socket, or else of the created one, when the',
    'call began and ended. `data`, if the socket captures: the first bytes sent or received.',
  ].join(' '),
  {
    sequence: longCount('From 1, without gaps, per session, in the order in which the calls ended.', 1),
    at: longCount('When the call ended: microseconds since the session began, monotonic.'),
    time: instant('When the call ended, by the wall clock.'),
    operation: Type.String({ description: 'The operation.' }),
    requestId: Type.String({
      description:
        'X-Request-Id of the answer; in an array of JSON-RPC, or a batch, a dot and the place follow.',
    }),
    socketId: Type.Optional(socketIdSchema),
    createdSocketId: Type.Optional(
      Type.String({ description: 'The socket that the call created; the entry is in its journal too.' }),
    ),
    parameters: Type.Optional(
      Type.Object(
        {},
        {
          $id: 'JournalParameters',
          description:
            'The parameters; a buffer is `{ "len": n }`, with `given` if as many came. Absent: not valid.',
          additionalProperties: true,
        },
      ),
    ),
    cutParameters: Type.Optional(
      Type.Array(Type.String(), {
        description: `Cut lists (after ${MOST_ITEMS} items) and texts (after ${MOST_CHARACTERS} characters).`,
      }),
    ),
    outcome: names(
      'CallOutcome',
      ['ok', 'failed', 'refused'],
      '`failed` with `code`, `refused` by the daemon with `refusal`.',
    ),
    code: Type.Optional(count('The Windows Sockets error code.')),
    name: Type.Optional(Type.String({ description: 'The name of the code.' })),
    refusal: Type.Optional(Type.String({ description: 'The name of the refusal; see /problems.' })),
    bytesSent: bytes('Bytes taken by the stack.'),
    bytesReceived: bytes('Bytes received.'),
    eof: Type.Optional(Type.Boolean({ description: "The end of the peer's stream was received." })),
    stateBefore: Type.Optional(socketState),
    stateAfter: Type.Optional(socketState),
    nativeUs: longCount('Microseconds in native calls and their surroundings.'),
    waitUs: longCount('Microseconds waited.'),
    faults: Type.Optional(
      Type.Array(Type.String(), { description: 'The ids of the faults that acted on it.' }),
    ),
    invented: Type.Optional(InventionSchema),
    armedFaultIds: Type.Optional(
      Type.Array(Type.String(), { description: 'The faults that the call armed, in its order.' }),
    ),
    offerId: Type.Optional(Type.String({ description: 'The offer that conditionalAccept showed.' })),
    localAddress: Type.Optional(SocketAddressSchema),
    remoteAddress: Type.Optional(SocketAddressSchema),
    undelivered: Type.Optional(
      Type.Boolean({
        description: 'The answer was not delivered: what the call took went back, unless `collected`.',
      }),
    ),
    collected: Type.Optional(
      Type.Boolean({ description: 'It was lost with those of other calls: what it took did not go back.' }),
    ),
    data: Type.Optional(BytesSchema),
  },
);

/** A call of a journal as clients read it. */
export type JournalEntryView = Static<typeof JournalEntrySchema>;

/** An entry as clients read it. Members that are undefined are left out of the JSON. */
export const entryView = (entry: JournalEntry): JournalEntryView => {
  const { wall, params, cutParams, code, data, undelivered, collected, faults, armed, ...rest } = entry;
  const { bytes: _, keptIn: __, ...same } = rest;
  const view = {
    ...same,
    time: new Date(wall).toISOString(),
    parameters: params,
    cutParameters: cutParams,
    code,
    name: code === undefined ? undefined : wsaNameOf(code),
    faults: faults.length > 0 ? faults : undefined,
    armedFaultIds: armed,
    undelivered: undelivered || undefined,
    collected: collected || undefined,
    data: data && { base64: data.toString('base64'), len: data.length },
  };
  // An optional member of the schema type may not be undefined; in JSON that is the same as absent.
  return view as JournalEntryView;
};

/** Parameters of a journal: the entry after which the page begins, and its size. */
export const journalParams = {
  after: Type.Optional(int64('Only entries after this sequence; 0 without it.', 0, MOST)),
  limit: Type.Optional(int32('Most entries in one answer; 100 without it.', 1, 1000)),
};

/** Members of every journal. */
export const journalResult = {
  entries: Type.Array(JournalEntrySchema, { description: 'One page, oldest first.' }),
  dropped: longCount('How many older entries were dropped.'),
  nextAfter: longCount('The `after` of the next page: the sequence of the last entry given.'),
};

interface JournalPage {
  readonly entries: JournalEntryView[];
  readonly dropped: number;
  readonly nextAfter: number;
}

/**
 * One page of a journal. A sequence that no entry has had yet is refused: a client with a sequence of another
 * journal would miss entries.
 *
 * @param newest the newest sequence of the session
 */
export const journalPage = (
  kept: NewestItems<JournalEntry>,
  newest: number,
  { after = 0, limit = 100 }: { after?: number; limit?: number },
): Answer<JournalPage> => {
  if (after > newest) return invalid(['after'], 'must be a sequence that an entry of the session has had');
  const entries = kept.from(({ sequence }) => sequence > after, limit);
  return ok({
    entries: entries.map(entryView),
    dropped: kept.dropped,
    nextAfter: entries.at(-1)?.sequence ?? after,
  });
};
