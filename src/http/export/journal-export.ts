import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import { invalid, type Refusal, refuse } from '../../daemon/answers/refusals.js';
import type { Dispatch } from '../../operations/dispatch/dispatch.js';
import type { Client, Reply } from '../../operations/dispatch/reply.js';
import { getSessionJournal } from '../../operations/journal/get-session-journal.js';
import { getSocketJournal } from '../../operations/journal/get-socket-journal.js';
import type { AnyOperation } from '../../operations/operation.js';
import { getSession } from '../../operations/sessions/get-session.js';
import type { HeldAnswer } from '../memory/kept-bytes.js';
import type { StepScheduler } from '../memory/slices.js';
import { problemOfRoute } from '../problems/problem.js';
import { sendRefusal } from '../problems/send-answer.js';
import { deliver, RestClient } from '../rest/delivery.js';
import type { RestParts } from '../rest/rest.js';
import { problemResponses } from '../schemas.js';
import { transcript } from './json-lines.js';
import { pcapng } from './pcapng/pcapng.js';
import { inPortions, type NextTurn } from './portions.js';
import { repetition } from './replay/replay.js';
import {
  type JournalReads,
  type ReplaySource,
  replaySourceOf,
  type SessionRecord,
} from './replay/replay-source.js';
import { pythonProgram } from './replay/runner.js';
import type { Entry, SocketLife } from './socket-life.js';

export interface JournalExportOptions {
  readonly operations: readonly AnyOperation[];
  readonly dispatch: Dispatch;
  /** Shares the event loop between owners; each page and each portion of an export is one step. */
  readonly turns: StepScheduler;
}

/** One format in which the journal of a socket can be exported. */
interface Format {
  readonly extension: string;
  readonly mediaType: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly binary?: true;
  /** The refusal for a socket whose journal cannot have this format. */
  refuses?(life: SocketLife): Refusal | undefined;
  write(
    life: SocketLife,
    source: () => Promise<ReplaySource>,
    nextTurn: NextTurn,
  ): Iterable<string | Buffer> | Promise<Iterable<string | Buffer>>;
}

const NO_PACKETS = refuse(
  'not-found',
  'The bytes of an AF_UNIX socket are not sent in packets; export journal.ndjson or journal.py instead.',
);

const FORMATS: readonly Format[] = [
  {
    extension: 'ndjson',
    mediaType: 'application/x-ndjson',
    operationId: 'exportTranscript',
    summary: 'The journal of a socket as JSON lines',
    description: 'Each line is an entry, as in getSocketJournal.',
    write: transcript,
  },
  {
    extension: 'pcapng',
    mediaType: 'application/vnd.tcpdump.pcap',
    operationId: 'exportCapture',
    summary: 'The journal of a socket as a capture file',
    description: [
      'A pcapng file with packets made from the calls: nothing was captured from a wire. It has handshakes,',
      'data, urgent data, FINs and resets with correct lengths, sequence numbers and checksums; a packet is',
      'cut where its payload was not captured. A failure that a fault invented is not a packet; a close with',
      'unread bytes is a reset. The peer acknowledges at once. Calls by other ids of the socket, and what',
      'followed its end, are missing. Comments at packets and the file state the call, the payload that was',
      'not captured, and entries that the journal has dropped. 404 for an AF_UNIX socket: its bytes are not',
      'sent in packets.',
    ].join('\n'),
    binary: true,
    refuses: ({ family }) => (family === 'AF_UNIX' ? NO_PACKETS : undefined),
    write: pcapng,
  },
  {
    extension: 'py',
    mediaType: 'text/x-python',
    operationId: 'exportPythonProgram',
    summary: 'A Python program that repeats the life of a socket',
    description: [
      'For Python 3.8 and later, without packages; the calls are JSON in it. It reads the URL of the daemon',
      'and the token from the environment (or the token file), ids and system-assigned ports from the',
      'answers of its own calls, and ends with an error if a status or code differs. It also repeats what',
      'acted on the socket: calls of the listener that accepted it or the socket that it duplicates, faults,',
      'select and poll, link and clock of the lab, cleanup, endSession. It joins a named lab network by the',
      'same name. Payload that was not captured is zeros of the same length; notes at the calls state that,',
      'and other differences. Calls that overlapped are made at the same time. The peers of the socket have',
      'to run again.',
    ].join('\n'),
    write: async (life, source, nextTurn) =>
      pythonProgram(life.socketId, await repetition(await source(), nextTurn)),
  },
];

/** Serves the journal of a socket in the formats of `FORMATS`. */
export const registerJournalExport = (
  app: FastifyInstance,
  options: JournalExportOptions,
  { kept, order }: RestParts,
): void => {
  for (const format of FORMATS) {
    app.get<{ Params: { socketId: string } }>(
      `/v1/sockets/:socketId/journal.${format.extension}`,
      { schema: schemaOf(format) },
      async (request, reply) => {
        const [parameter] = Object.keys(Object(request.query));
        if (parameter !== undefined) {
          return sendRefusal(reply, invalid([parameter], 'is not a query parameter here'));
        }
        const { socketId } = request.params;
        const client = new RestClient(reply.raw, false, order);
        // By this turn the answers of earlier requests are counted, and the client may have disconnected.
        const nextTurn = () => turnOf(request.owner, options.turns);
        await nextTurn();
        if (client.gone) return closeConnection(request, reply);
        const refusal = kept.of(request.owner).refuseLongAnswer();
        if (refusal) return sendRefusal(reply, refusal);
        const held = kept.holdAnswer(request);
        reply.raw.once('close', () => held.release());
        try {
          const read = reader(request, client, options, held, nextTurn);
          const life = await read.life(socketId);
          if ('answer' in life) {
            const { answer, context } = life;
            const problem = answer.ok
              ? undefined
              : problemOfRoute(answer, format.operationId, { requestId: request.id, ...context });
            deliver(reply, client, life, problem, kept);
            return reply;
          }
          const unsupported = format.refuses?.(life);
          if (unsupported) return sendRefusal(reply, unsupported);
          const source = () => replaySourceOf(life, readsOf(read));
          const pieces = await format.write(life, source, nextTurn);
          reply
            .header('content-type', format.binary ? format.mediaType : `${format.mediaType}; charset=utf-8`)
            .header('content-disposition', `attachment; filename="${socketId}.${format.extension}"`);
          return reply.send(Readable.from(inPortions(pieces, nextTurn), { objectMode: false }));
        } catch (error) {
          if (!(error instanceof ClientGone)) throw error;
          // The connection may have closed before the listener of `close` was added.
          held.release();
          return closeConnection(request, reply);
        }
      },
    );
  }
};

/** Closes the connection of a client that has disconnected: no answer can reach it. */
const closeConnection = ({ raw }: FastifyRequest, reply: FastifyReply): FastifyReply => {
  raw.socket.destroy();
  return reply;
};

/** The size of a step with one page or portion: a whole event loop turn, so that each turn has only one. */
const STEP_SIZE = 32;

const turnOf = (owner: string, turns: StepScheduler): Promise<void> =>
  new Promise((resolve) => turns.run(owner, resolve, STEP_SIZE));

/** The client of an export has disconnected. */
class ClientGone extends Error {}

/** Entries read in one event loop turn, in about two milliseconds. */
const PAGE_ENTRIES = 64;

/** The bytes that an entry takes besides its payload, approximately. */
const ENTRY_BYTES = 2048;

/** Reads journals of the request's owner; a reply if one cannot be read. */
interface Reader {
  life(socketId: string): Promise<SocketLife | Reply>;
  session(sessionId: string): Promise<SessionRecord | Reply>;
}

/** Reads whole journals, page by page, through their operations, which check the owner and the id. */
const reader = (
  request: FastifyRequest,
  client: Client,
  options: JournalExportOptions,
  held: HeldAnswer,
  nextTurn: NextTurn,
): Reader => {
  const byName = new Map(options.operations.map((op) => [op.name, op]));
  const { owner, id: requestId } = request;
  const read = async <R extends object>(
    op: AnyOperation,
    params: Record<string, unknown>,
  ): Promise<R | Reply> => {
    const got = await options.dispatch(op, { owner, params, client, requestId });
    if (!got.answer.ok) return got;
    got.settle(true);
    // AnyOperation does not have the operation's own types.
    return got.answer.value as R;
  };
  const pages = async <J extends Page>(
    journal: AnyOperation,
    id: Record<string, string>,
  ): Promise<(Omit<J, 'entries'> & { readonly entries: readonly Entry[] }) | Reply> => {
    const entries: Entry[] = [];
    for (let after = 0; ; ) {
      const page = await read<J>(journal, { ...id, limit: PAGE_ENTRIES, after });
      if ('answer' in page) return page;
      for (const entry of page.entries) {
        held.count(ENTRY_BYTES + (entry.data?.base64.length ?? 0));
        const op = byName.get(entry.operation);
        // Always found: a journal has only entries of operations.
        if (op) entries.push({ ...entry, op });
      }
      if (page.entries.length < PAGE_ENTRIES) return { ...page, entries };
      after = page.nextAfter;
      await nextTurn();
      if (client.gone) throw new ClientGone();
    }
  };
  return {
    life: (socketId) => pages<Static<(typeof getSocketJournal)['result']>>(getSocketJournal, { socketId }),
    async session(sessionId) {
      const journal = await pages<Static<(typeof getSessionJournal)['result']>>(getSessionJournal, {
        sessionId,
      });
      if ('answer' in journal) return journal;
      // The journal of a session outlives it, so the session may be unreadable.
      const info = readOrUndefined(
        await read<Static<(typeof getSession)['result']>>(getSession, { sessionId }),
      );
      if (!info) return journal;
      const { version, labNetwork } = info;
      return { ...journal, version, ...(labNetwork !== undefined && { labNetwork }) };
    },
  };
};

type Page = Pick<Static<(typeof getSessionJournal)['result']>, 'entries' | 'nextAfter'>;

const readsOf = (read: Reader): JournalReads => ({
  life: async (id) => readOrUndefined(await read.life(id)),
  session: async (id) => readOrUndefined(await read.session(id)),
});

/**
 * What was read; undefined if it cannot be read. The reply is then settled, as it is not sent to the client.
 */
const readOrUndefined = <T extends object>(got: T | Reply): T | undefined => {
  if (!('answer' in got)) return got;
  got.settle(true);
  return undefined;
};

const schemaOf = ({ operationId, summary, description, mediaType, binary }: Format) => ({
  operationId,
  summary,
  description,
  tags: ['journal'],
  params: {
    type: 'object',
    required: ['socketId'],
    properties: {
      socketId: { type: 'string', description: 'The socket, from socket, accept or duplicate.' },
    },
  },
  response: {
    200: {
      description: 'The file.',
      content: { [mediaType]: { schema: { type: 'string', ...(binary && { format: 'binary' }) } } },
    },
    ...problemResponses,
  },
});
