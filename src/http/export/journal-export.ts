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
import type { Turns } from '../gates/read-body.js';
import type { HeldAnswer } from '../memory/kept-bytes.js';
import { problemOfRoute } from '../problems/problem.js';
import { sendRefusal } from '../problems/send-answer.js';
import { deliver, RestClient } from '../rest/delivery.js';
import type { RestParts } from '../rest/rest.js';
import { problemResponses } from '../schemas.js';
import { transcript } from './json-lines.js';
import { pcapng } from './pcapng/pcapng.js';
import { inPortions, type NextTurn } from './portions.js';
import { type Past, pastOf, type Reads, type SessionPast } from './replay/past.js';
import { repetition } from './replay/replay.js';
import { pythonProgram } from './replay/runner.js';
import type { Entry, SocketLife } from './socket-life.js';

export interface JournalExportOptions {
  readonly operations: readonly AnyOperation[];
  readonly dispatch: Dispatch;
  /** In which exports are made. */
  readonly turns: Turns;
}

/** One form in which the journal of a socket can be had. */
interface Format {
  readonly extension: string;
  readonly mediaType: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly binary?: true;
  /** Why the life of that socket has no such form, where it has none. */
  lacks?(life: SocketLife): Refusal | undefined;
  write(
    life: SocketLife,
    past: () => Promise<Past>,
    nextTurn: NextTurn,
  ): Iterable<string | Buffer> | Promise<Iterable<string | Buffer>>;
}

const NO_PACKETS = refuse(
  'not-found',
  'The bytes of an AF_UNIX socket travel in no packets; journal.ndjson and journal.py have its calls.',
);

const FORMATS: readonly Format[] = [
  {
    extension: 'ndjson',
    mediaType: 'application/x-ndjson',
    operationId: 'exportTranscript',
    summary: 'The journal of a socket as JSON lines',
    description: 'Each line is an entry, as getSocketJournal gives it.',
    write: transcript,
  },
  {
    extension: 'pcapng',
    mediaType: 'application/vnd.tcpdump.pcap',
    operationId: 'exportCapture',
    summary: 'The journal of a socket as a capture file',
    description: [
      'A pcapng file with the packets that the calls stand for: nothing was captured from a wire. The handshake, data,',
      'urgent data, ends and resets are there with right lengths, sequence numbers and checksums; a packet is cut where',
      'its payload was not captured. A failure that a fault made up is no packet, a close over unread bytes is a reset. Acknowledgements are',
      'those of a peer in good health; calls by other ids of the socket, and what came after its end, are not known.',
      'Packets and the file have comments: which call it was, what was not captured, what the journal has dropped.',
      'An AF_UNIX socket has none (404): its bytes travel in no packets.',
    ].join('\n'),
    binary: true,
    lacks: ({ family }) => (family === 'AF_UNIX' ? NO_PACKETS : undefined),
    write: pcapng,
  },
  {
    extension: 'py',
    mediaType: 'text/x-python',
    operationId: 'exportPythonProgram',
    summary: 'A Python program that repeats the life of a socket',
    description: [
      'For Python 3.8 and later, without any package; the calls are JSON in it. Takes the daemon and the token from the',
      'environment (or the token file), all ids and the port that the system chooses for a socket from its own answers,',
      'and ends with an error if a status or a code differs. What else acted on the socket comes with it: the listener',
      'that accepted it or the socket that it duplicates, faults, select and poll, link and clock of the lab, cleanup,',
      'endSession. A named lab network is joined by the same name. Payload that was not captured is zeros of the same',
      'length, and a note at the call says so, as of all that cannot be as it was; a call that another one interrupted is',
      'made beside it. What the socket talked to has to be there again.',
    ].join('\n'),
    write: async (life, past, nextTurn) =>
      pythonProgram(life.socketId, await repetition(await past(), nextTurn)),
  },
];

/** Serves the journal of a socket in other forms than JSON. */
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
        // What many others have asked for is counted by then, and who has left meanwhile costs nothing.
        const nextTurn = () => turnOf(request.owner, options.turns);
        await nextTurn();
        if (client.gone) return leave(request, reply);
        const full = kept.of(request.owner).refuseLongAnswer();
        if (full) return sendRefusal(reply, full);
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
            deliver(reply, life, problem, kept);
            return reply;
          }
          const lacking = format.lacks?.(life);
          if (lacking) return sendRefusal(reply, lacking);
          const past = () => pastOf(life, readsOf(read));
          const pieces = await format.write(life, past, nextTurn);
          reply
            .header('content-type', format.binary ? format.mediaType : `${format.mediaType}; charset=utf-8`)
            .header('content-disposition', `attachment; filename="${socketId}.${format.extension}"`);
          return reply.send(Readable.from(inPortions(pieces, nextTurn), { objectMode: false }));
        } catch (error) {
          if (!(error instanceof ClientGone)) throw error;
          // It may have gone before anybody could be told.
          held.release();
          return leave(request, reply);
        }
      },
    );
  }
};

/** Nothing can be owed any more on the connection of a client that has gone. */
const leave = ({ raw }: FastifyRequest, reply: FastifyReply): FastifyReply => {
  raw.socket.destroy();
  return reply;
};

/** A page or a portion is as much as all steps of one turn of the event loop: there is one in each. */
const SIZE = 32;

const turnOf = (owner: string, turns: Turns): Promise<void> =>
  new Promise((resolve) => turns.run(owner, resolve, SIZE));

/** Nobody is there any more to read for. */
class ClientGone extends Error {}

/** Entries read in one turn of the event loop: about two milliseconds' work. */
const PAGE = 64;

/** What an entry takes beside its payload, about. */
const ENTRY_BYTES = 2048;

/** Reads of this request's owner; a reply for what cannot be read. */
interface Reader {
  life(socketId: string): Promise<SocketLife | Reply>;
  session(sessionId: string): Promise<SessionPast | Reply>;
}

/** Reads journals with all their pages through their operations, which answer for owner and id. */
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
    // The list has forgotten the operation's own types.
    return got.answer.value as R;
  };
  const pages = async <J extends Page>(
    journal: AnyOperation,
    id: Record<string, string>,
  ): Promise<(Omit<J, 'entries'> & { readonly entries: readonly Entry[] }) | Reply> => {
    const entries: Entry[] = [];
    for (let after = 0; ; ) {
      const page = await read<J>(journal, { ...id, limit: PAGE, after });
      if ('answer' in page) return page;
      for (const entry of page.entries) {
        held.count(ENTRY_BYTES + (entry.data?.base64.length ?? 0));
        const op = byName.get(entry.operation);
        // A journal has no others.
        if (op) entries.push({ ...entry, op });
      }
      if (page.entries.length < PAGE) return { ...page, entries };
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
      // Its journal outlives it.
      const info = known(await read<Static<(typeof getSession)['result']>>(getSession, { sessionId }));
      if (!info) return journal;
      const { version, labNetwork } = info;
      return { ...journal, version, ...(labNetwork !== undefined && { labNetwork }) };
    },
  };
};

type Page = Pick<Static<(typeof getSessionJournal)['result']>, 'entries' | 'nextAfter'>;

const readsOf = (read: Reader): Reads => ({
  life: async (id) => known(await read.life(id)),
  session: async (id) => known(await read.session(id)),
});

/** What cannot be read is settled with this: nothing of it goes to the client. */
const known = <T extends object>(got: T | Reply): T | undefined => {
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
