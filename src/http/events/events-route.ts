import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Refusal, refuse } from '../../daemon/answers/refusals.js';
import type { Dispatch } from '../../operations/dispatch/dispatch.js';
import type { Client } from '../../operations/dispatch/reply.js';
import {
  type DaemonEvent,
  type EventFeed,
  type EventSubject,
  eventView,
} from '../../operations/journal/event-feed.js';
import { type EventFilter, readFilter, wants } from '../../operations/journal/event-filter.js';
import { getSocketJournal } from '../../operations/journal/get-socket-journal.js';
import type { AnyOperation } from '../../operations/operation.js';
import { getSession } from '../../operations/sessions/get-session.js';
import { ok, type Success } from '../../winsock/outcome.js';
import type { RequestOrder } from '../gates/request-order.js';
import type { ThriftyLog } from '../gates/thrifty-log.js';
import type { HeldBytes, KeptBytes } from '../memory/kept-bytes.js';
import { addEvents } from '../openapi/event-document.js';
import { type Problem, problemOfRead } from '../problems/problem.js';
import { sendProblem, sendRefusal, takeOver } from '../problems/send-answer.js';
import { onceEnded, RestClient } from '../rest/delivery.js';
import { problemResponses } from '../schemas.js';
import { type EncodedEvent, EventStream, encodeEvent } from './event-stream.js';

export interface EventsOptions {
  readonly events: EventFeed;
  readonly dispatch: Dispatch;
}

/** What the route shares with the rest of the edge. */
export interface EventsParts {
  readonly lines: ThriftyLog;
  readonly order: RequestOrder;
  readonly kept: KeptBytes;
}

/** How often a silent stream says that it is alive. */
const HEARTBEAT_MS = 15_000;

/** How many missed events are looked at in one turn of the event loop. */
const CATCH_UP = 64;

/** Serves GET /v1/events: what happens to the owner's sessions and sockets, as it happens. */
export const registerEvents = (
  app: FastifyInstance,
  options: EventsOptions,
  { lines, order, kept }: EventsParts,
): void => {
  const encoded = encoder(options.events.run);
  app.get('/v1/events', { schema: SCHEMA }, async (request, reply) => {
    const filter = readFilter(request.query);
    if (!filter.ok) return sendRefusal(reply, filter);
    const resume = resumePoint(request, options.events);
    if (!resume.ok) return sendRefusal(reply, resume);
    const client = new RestClient(reply.raw, true, order);
    const followed = await followedBy(request, client, filter.value, options.dispatch);
    // Who has not had all of what is gone gets the rest.
    if ('document' in followed && !hasMissed(request.owner, filter.value, resume.value, options.events)) {
      sendProblem(reply, followed);
      return reply;
    }
    if (client.gone) return reply.hijack();
    // It is to be seen that the reader goes.
    order.hear(reply.raw);
    // Nothing is awaited between this question and the answer to it.
    const full = kept.of(request.owner).refusedCall() ?? options.events.overQuota(request.owner);
    if (full) return sendRefusal(reply, full);
    if (request.method === 'HEAD') {
      takeOver(reply, 200, STREAM_HEADERS).end();
      return reply;
    }
    const things = 'document' in followed ? undefined : followed;
    open(request, reply, filter.value, resume.value, { ...options, lines, kept, encoded, followed: things });
    return reply;
  });
};

/** What the route is called in the document and in problems. */
const OPERATION_ID = 'events';

const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  // No proxy may hold events back.
  'x-accel-buffering': 'no',
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
 * The session and the socket that a filter names. For what is not the owner's, or what nothing can happen to any
 * more, the problem of the operation that reads it.
 */
const followedBy = async (
  request: FastifyRequest,
  client: Client,
  { sessionId, socketId }: EventFilter,
  dispatch: Dispatch,
): Promise<readonly EventSubject[] | Problem> => {
  const { id: requestId, owner } = request;
  const read = async (operation: AnyOperation, params: Record<string, unknown>) => {
    const { answer, context, settle } = await dispatch(operation, { owner, params, client, requestId });
    settle(true);
    return answer.ok ? answer : problemOfRead(answer, OPERATION_ID, { requestId, ...context });
  };
  const followed: EventSubject[] = [];
  if (sessionId !== undefined) {
    const session = await read(getSession, { sessionId });
    if ('document' in session) return session;
    followed.push({ sessionId });
  }
  if (socketId === undefined) return followed;
  const journal = await read(getSocketJournal, { socketId, limit: 1 });
  if ('document' in journal) return journal;
  // A journal outlives the session of its socket.
  const home = 'sessionId' in journal.value ? String(journal.value.sessionId) : '';
  const session = await read(getSession, { sessionId: home });
  return 'document' in session ? session : [...followed, { sessionId: home, socketId }];
};

/** Whether events wait for a reader that comes back, which are the owner's whatever has become of their session. */
const hasMissed = (
  owner: string,
  filter: EventFilter,
  { at, earlierRun }: Resume,
  events: EventFeed,
): boolean => {
  if (at === undefined || earlierRun) return false;
  return events.after(owner, at, Number.POSITIVE_INFINITY).events.some((event) => wants(filter, event));
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
      errors: [{ path: ['Last-Event-ID'], detail: 'is no id of an event' }],
    });
  }
  return ok(match[1] === events.run ? { at: number } : { at: 0, earlierRun: true });
};

interface StreamOptions extends EventsOptions {
  readonly lines: ThriftyLog;
  readonly kept: KeptBytes;
  readonly encoded: Encoder;
  /** The session and the socket that the filter names; undefined: they are over, and only the rest is sent. */
  readonly followed: readonly EventSubject[] | undefined;
}

const open = (
  request: FastifyRequest,
  reply: FastifyReply,
  filter: EventFilter,
  resume: Resume,
  { events, lines, kept, encoded, followed }: StreamOptions,
): void => {
  const { owner } = request;
  // It has no end that Fastify could wait for.
  const raw = takeOver(reply, 200, STREAM_HEADERS);
  const holds: (() => void)[] = [];
  const release = (): void => {
    for (const letGo of holds.splice(0)) letGo();
  };
  const hold = (): HeldBytes => kept.holdAnswer(request);
  const stream = new EventStream(raw, events.maxBytes, hold, (bytes) => {
    const line = { requestId: request.id, owner, bytes };
    lines.write('warn', owner, line, 'a reader of events was too slow and is cut off');
    // Its connection may go on for as long as the answers before this one take.
    release();
  });
  const end = (): void => {
    stream.end();
    release();
  };
  const tell = (event: DaemonEvent): void => {
    if (wants(filter, event)) stream.event(encoded(event));
  };
  // So that the answer's head goes out at once.
  stream.comment('winsockd events');
  let live = resume.at === undefined;
  let over = !followed?.every((one) => events.lives(one));
  holds.push(
    events.follow(owner, {
      onEvent: (event) => {
        if (live) tell(event);
      },
      onCompleted: ({ sessionId, socketId }) => {
        const ends = (one: EventSubject): boolean =>
          one.sessionId === sessionId && (socketId === undefined || one.socketId === socketId);
        if (!followed?.some(ends)) return;
        over = true;
        if (live) end();
      },
      onEnd: end,
    }),
  );
  if (filter.sessionId !== undefined) holds.push(events.holdLease(filter.sessionId));
  holds.push(events.every(HEARTBEAT_MS, () => stream.comment('alive')));
  onceEnded(raw, end);
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
    else if (over) end();
  };
  if (resume.at !== undefined) catchUp(resume.at);
  else if (over) end();
};

const SCHEMA = {
  operationId: OPERATION_ID,
  summary: 'What happens, as it happens (server-sent events)',
  description: [
    "Events of the owner's sessions and sockets, each with `event`, `id` and one line of JSON as `data`, whose schema",
    '`x-event-data` names (OperationEvent, UndeliveredEvent, StateEvent, SessionEvent, GapEvent):',
    '`operation` (an entry of the journal, with `sessionId`), `undelivered` (the answer of the entry `sequence` did',
    'not arrive), `state` (a socket went `from` one state `to` another), `session` (`change`: `began` or `ended`).',
    'With Last-Event-ID the stream goes on after that event; if some of those between are no longer kept, the event',
    '`gap` comes first with their number, `lost`, of all kinds; with `earlierRun` those of an earlier run come on top. A comment comes every 15 seconds. A reader that lets',
    'more than `limits.eventBytes` wait is cut off; an owner has at most `limits.eventStreamsPerOwner` streams. A stream with `sessionId` counts as use of the session.',
    'A stream of a session ends after its last event; one of a socket with its session, or once the journal of the',
    'closed socket is forgotten, from when on no call with its id is an event. Both answer 410 after that, except to',
    'a Last-Event-ID that lacks some of it.',
  ].join('\n'),
  tags: ['journal'],
  'x-event-data': addEvents(new Map()),
  querystring: {
    type: 'object',
    properties: {
      sessionId: { type: 'string', description: 'Only events of this session.' },
      socketId: { type: 'string', description: 'Only events of this socket.' },
      kind: {
        type: 'array',
        items: { $ref: 'EventKind#' },
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
      description: 'The stream; it ends when the daemon stops, or no event can come any more.',
      content: { 'text/event-stream': { schema: { type: 'string' } } },
    },
    ...problemResponses,
  },
};
