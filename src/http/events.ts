import type { ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Refusal, refuse } from '../daemon/refusals.js';
import { type DaemonEvent, EVENT_KINDS, type EventFeed, eventView } from '../operations/event-feed.js';
import { type EventFilter, readFilter, wants } from '../operations/event-filter.js';
import { getSession } from '../operations/get-session.js';
import { getSocketJournal } from '../operations/get-socket-journal.js';
import type { AnyOperation } from '../operations/operation.js';
import { ok, type Success } from '../winsock/outcome.js';
import { clientOf, onceClosed } from './delivery.js';
import { eventDocument } from './event-document.js';
import { type EncodedEvent, EventStream, encodeEvent } from './event-stream.js';
import { problemOf } from './problem.js';
import type { Dispatch } from './rest.js';
import { problemResponses } from './schemas.js';
import { sendProblem, sendRefusal } from './send.js';

export interface EventsOptions {
  readonly events: EventFeed;
  readonly dispatch: Dispatch;
  readonly log: FastifyBaseLogger;
}

/** How often a silent stream says that it is alive. */
const HEARTBEAT_MS = 15_000;

/** How many missed events are looked at in one turn of the event loop. */
const CATCH_UP = 64;

/** Serves GET /v1/events: what happens to the owner's sessions and sockets, as it happens. */
export const registerEvents = (app: FastifyInstance, options: EventsOptions): void => {
  const encoded = encoder(options.events.run);
  app.get('/v1/events', { schema: SCHEMA }, async (request, reply) => {
    const filter = readFilter(request.query);
    if (!filter.ok) return sendRefusal(reply, filter);
    const resume = resumePoint(request, options.events);
    if (!resume.ok) return sendRefusal(reply, resume);
    if (await refused(request, reply, filter.value, options.dispatch)) return reply;
    if (clientOf(request.raw, reply.raw).gone) return reply.hijack();
    // Nothing is awaited between this question and the answer to it.
    const full = options.events.overQuota(request.owner);
    if (full) return sendRefusal(reply, full);
    open(request, reply, filter.value, resume.value, { ...options, encoded });
    return reply;
  });
};

type Encoder = (event: DaemonEvent) => EncodedEvent;

/** Encodes each event once for all its readers: they get it in the same turn, one after the other. */
const encoder = (run: string): Encoder => {
  let last: { readonly event: DaemonEvent; readonly encoded: EncodedEvent } | undefined;
  return (event) => {
    if (last?.event !== event) {
      last = { event, encoded: encodeEvent(event.body.kind, `${run}-${event.number}`, eventView(event)) };
    }
    return last.encoded;
  };
};

/**
 * Whether a filter names what is not the owner's, or nothing can happen to any more; then the operation that
 * reads it has said so.
 */
const refused = async (
  request: FastifyRequest,
  reply: FastifyReply,
  { sessionId, socketId }: EventFilter,
  dispatch: Dispatch,
): Promise<boolean> => {
  const { id: requestId, owner } = request;
  const client = clientOf(request.raw, reply.raw);
  const read = async (operation: AnyOperation, params: Record<string, unknown>) => {
    const { answer, context, settle } = await dispatch(operation, { owner, params, client, requestId });
    settle(true);
    if (answer.ok) return answer.value;
    sendProblem(reply, problemOf(answer, { requestId, ...context }));
    return undefined;
  };
  if (sessionId !== undefined && !(await read(getSession, { sessionId }))) return true;
  if (socketId === undefined) return false;
  const journal = await read(getSocketJournal, { socketId, limit: 1 });
  if (!journal) return true;
  // A journal outlives the session of its socket.
  const home = 'sessionId' in journal ? journal.sessionId : undefined;
  return !(await read(getSession, { sessionId: home }));
};

/** Where to go on; without it, with what comes from now on. */
interface Resume {
  /** The number of the last event received; 0: with the oldest that is kept. */
  readonly at?: number;
  /** That event was of an earlier run of the daemon: what came after it there is lost, however much it was. */
  readonly earlierRun?: boolean;
}

const resumePoint = (request: FastifyRequest, events: EventFeed): Success<Resume> | Refusal => {
  const header = request.headers['last-event-id'];
  if (header === undefined || header === '') return ok({});
  const match = /^([0-9a-z]{1,11})-(\d{1,15})$/.exec(String(header));
  const number = Number(match?.[2]);
  if (!match || (match[1] === events.run && number > events.newest(request.owner))) {
    return refuse('validation', 'Last-Event-ID is none that this daemon has given.', {
      errors: [{ pointer: '/Last-Event-ID', detail: 'is no id of an event' }],
    });
  }
  return ok(match[1] === events.run ? { at: number } : { at: 0, earlierRun: true });
};

const open = (
  request: FastifyRequest,
  reply: FastifyReply,
  filter: EventFilter,
  resume: Resume,
  { events, log, encoded }: EventsOptions & { readonly encoded: Encoder },
): void => {
  const { owner } = request;
  const raw = begun(reply);
  const holds: (() => void)[] = [];
  const release = (): void => {
    for (const letGo of holds.splice(0)) letGo();
  };
  const stream = new EventStream(raw, events.maxBytes, (bytes) => {
    log.warn({ requestId: request.id, owner, bytes }, 'a reader of events was too slow and is cut off');
    // Its connection may go on for as long as the answers before this one take.
    release();
  });
  const tell = (event: DaemonEvent): void => {
    if (wants(filter, event)) stream.event(encoded(event));
  };
  // So that the answer's head goes out at once.
  stream.comment('winsockd events');
  let live = resume.at === undefined;
  holds.push(
    events.follow(owner, {
      onEvent: (event) => {
        if (live) tell(event);
      },
      onEnd: () => stream.end(),
    }),
  );
  // What was missed goes out as fast as it is read: a returning reader is not cut off for having been away.
  const catchUp = (from: number): void => {
    const { lost, events: missed } = events.after(owner, from, CATCH_UP);
    let at = from + lost;
    const { earlierRun } = from === 0 ? resume : {};
    if (lost > 0 || earlierRun) {
      stream.event(encodeEvent('gap', `${events.run}-${at}`, { lost, earlierRun }));
    }
    for (const event of missed) {
      if (!stream.hasRoom) break;
      tell(event);
      at = event.number;
    }
    live = at === events.newest(owner);
    if (!live) stream.whenRoom(() => catchUp(at));
  };
  if (resume.at !== undefined) catchUp(resume.at);
  if (filter.sessionId !== undefined) holds.push(events.holdLease(filter.sessionId));
  holds.push(events.every(HEARTBEAT_MS, () => stream.comment('alive')));
  onceClosed(request.raw, raw, release);
};

/** Takes the answer out of Fastify's hands: it has no end that Fastify could wait for. */
const begun = (reply: FastifyReply): ServerResponse => {
  reply.hijack();
  reply.raw.writeHead(200, {
    // Fastify's headers are those that the hooks have set; Node takes numbers and lists of texts as they are.
    ...(reply.getHeaders() as Record<string, string | string[]>),
    'content-type': 'text/event-stream; charset=utf-8',
    // No proxy may hold events back.
    'x-accel-buffering': 'no',
  });
  return reply.raw;
};

const SCHEMA = {
  operationId: 'events',
  summary: 'What happens, as it happens (server-sent events)',
  description: [
    "Events of the owner's sessions and sockets, each with `event`, `id` and one line of JSON as `data`, whose schema",
    '`x-event-data` names (OperationEvent, UndeliveredEvent, StateEvent, SessionEvent, GapEvent):',
    '`operation` (an entry of the journal, with `sessionId`), `undelivered` (the answer of the entry `sequence` did',
    'not arrive), `state` (a socket went `from` one state `to` another), `session` (`change`: `began` or `ended`).',
    'With Last-Event-ID the stream goes on after that event; if some of those between are no longer kept, the event',
    '`gap` comes first with their number, `lost`, of all kinds; with `earlierRun` those of an earlier run come on top. A comment comes every 15 seconds. A reader that lets',
    'more than `limits.eventBytes` wait is cut off; an owner has at most `limits.eventStreamsPerOwner` streams. A stream with `sessionId` counts as use of the session.',
  ].join('\n'),
  tags: ['daemon'],
  'x-event-data': eventDocument().data,
  querystring: {
    type: 'object',
    properties: {
      sessionId: { type: 'string', description: 'Only events of this session.' },
      socketId: { type: 'string', description: 'Only events of this socket.' },
      kind: {
        type: 'array',
        items: { type: 'string', enum: [...EVENT_KINDS] },
        description: 'Only events of these kinds.',
      },
    },
  },
  headers: {
    type: 'object',
    properties: { 'last-event-id': { type: 'string', description: 'The id of the last event received.' } },
  },
  response: {
    200: {
      description: 'The stream; it ends when the daemon stops.',
      content: { 'text/event-stream': { schema: { type: 'string' } } },
    },
    ...problemResponses,
  },
};
