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
import { type Problem, problemOfRoute } from '../problems/problem.js';
import { hijackReply, sendProblem, sendRefusal } from '../problems/send-answer.js';
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

/** How often a stream sends a comment that it is alive. */
const HEARTBEAT_MS = 15_000;

/** How many missed events are delivered in one event loop turn. */
const CATCH_UP_EVENTS = 64;

/** Serves GET /v1/events: the events of the owner's sessions and sockets, as they occur. */
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
    const found = await subjectsOf(request, client, filter.value, options.dispatch);
    // A reader that has missed events of an ended session or socket still gets these.
    if ('document' in found && !hasMissed(request.owner, filter.value, resume.value, options.events)) {
      sendProblem(reply, found);
      return reply;
    }
    if (client.gone) return reply.hijack();
    // Reads the connection, so that the end of the reader is noticed.
    order.keepReading(reply.raw);
    // No await stands between this check and the opening of the stream, which changes its result.
    const refusal = kept.of(request.owner).refuseLongAnswer() ?? options.events.overQuota(request.owner);
    if (refusal) return sendRefusal(reply, refusal);
    if (request.method === 'HEAD') {
      hijackReply(reply, 200, STREAM_HEADERS).end();
      return reply;
    }
    const subjects = 'document' in found ? undefined : found;
    openStream(request, reply, filter.value, resume.value, { ...options, lines, kept, encoded, subjects });
    return reply;
  });
};

/** The name of the route in the OpenAPI document and in problems. */
const OPERATION_ID = 'events';

const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  // Proxies must not buffer events.
  'x-accel-buffering': 'no',
};

type Encoder = (event: DaemonEvent) => EncodedEvent;

/** Encodes each event once for all its readers, which get it one after the other in the same turn. */
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
 * The session and the socket that a filter names. If one is not the owner's or has ended, the problem of the
 * operation that reads it.
 */
const subjectsOf = async (
  request: FastifyRequest,
  client: Client,
  { sessionId, socketId }: EventFilter,
  dispatch: Dispatch,
): Promise<readonly EventSubject[] | Problem> => {
  const { id: requestId, owner } = request;
  const read = async (operation: AnyOperation, params: Record<string, unknown>) => {
    const { answer, context, settle } = await dispatch(operation, { owner, params, client, requestId });
    settle(true);
    return answer.ok ? answer : problemOfRoute(answer, OPERATION_ID, { requestId, ...context });
  };
  const subjects: EventSubject[] = [];
  if (sessionId !== undefined) {
    const session = await read(getSession, { sessionId });
    if ('document' in session) return session;
    subjects.push({ sessionId });
  }
  if (socketId === undefined) return subjects;
  const journal = await read(getSocketJournal, { socketId, limit: 1 });
  if ('document' in journal) return journal;
  // A journal outlives the session of its socket.
  const home = 'sessionId' in journal.value ? String(journal.value.sessionId) : '';
  const session = await read(getSession, { sessionId: home });
  return 'document' in session ? session : [...subjects, { sessionId: home, socketId }];
};

/**
 * Whether a reader that resumes has missed events. The owner may have them even if their session has ended.
 */
const hasMissed = (
  owner: string,
  filter: EventFilter,
  { after, earlierRun }: ResumePoint,
  events: EventFeed,
): boolean => {
  if (after === undefined || earlierRun) return false;
  return events.after(owner, after, Number.POSITIVE_INFINITY).events.some((event) => wants(filter, event));
};

/** Where a stream begins. */
interface ResumePoint {
  /** The number of the last event received. 0: begin with the oldest kept event; absent: with a new one. */
  readonly after?: number;
  /** The last event received was of an earlier run of the daemon, whose later events are lost. */
  readonly earlierRun?: boolean;
}

const resumePoint = (request: FastifyRequest, events: EventFeed): Success<ResumePoint> | Refusal => {
  const header = request.headers['last-event-id'];
  if (header === undefined || header === '') return ok({});
  const match = /^([0-9a-z]{1,11})-(\d{1,15})$/.exec(String(header));
  const number = Number(match?.[2]);
  if (!match || (match[1] === events.run && number > events.newest(request.owner))) {
    return refuse('validation', 'Last-Event-ID is not the id of an event of this daemon.', {
      errors: [{ path: ['Last-Event-ID'], detail: 'is not the id of an event' }],
    });
  }
  return ok(match[1] === events.run ? { after: number } : { after: 0, earlierRun: true });
};

interface StreamOptions extends EventsOptions {
  readonly lines: ThriftyLog;
  readonly kept: KeptBytes;
  readonly encoded: Encoder;
  /** The session and the socket that the filter names; undefined if one has ended: missed events follow. */
  readonly subjects: readonly EventSubject[] | undefined;
}

const openStream = (
  request: FastifyRequest,
  reply: FastifyReply,
  filter: EventFilter,
  resume: ResumePoint,
  { events, lines, kept, encoded, subjects }: StreamOptions,
): void => {
  const { owner } = request;
  // The stream bypasses Fastify, which would wait for its end.
  const raw = hijackReply(reply, 200, STREAM_HEADERS);
  const releases: (() => void)[] = [];
  const releaseAll = (): void => {
    for (const release of releases.splice(0)) release();
  };
  const hold = (): HeldBytes => kept.holdAnswer(request);
  const stream = new EventStream(raw, events.maxBytes, hold, (bytes) => {
    const line = { requestId: request.id, owner, bytes };
    lines.write('warn', owner, line, 'a reader of events was too slow and is cut off');
    // The connection itself may stay open until the answers before this one are sent.
    releaseAll();
  });
  const end = (): void => {
    stream.end();
    releaseAll();
  };
  const deliver = (event: DaemonEvent): void => {
    if (wants(filter, event)) stream.event(encoded(event));
  };
  // Sends the head of the answer at once.
  stream.comment('winsockd events');
  let isLive = resume.after === undefined;
  let hasEnded = !subjects?.every((one) => events.lives(one));
  releases.push(
    events.follow(owner, {
      onEvent: (event) => {
        if (isLive) deliver(event);
      },
      onCompleted: ({ sessionId, socketId }) => {
        const ends = (one: EventSubject): boolean =>
          one.sessionId === sessionId && (socketId === undefined || one.socketId === socketId);
        if (!subjects?.some(ends)) return;
        hasEnded = true;
        if (isLive) end();
      },
      onEnd: end,
    }),
  );
  if (filter.sessionId !== undefined) releases.push(events.holdLease(filter.sessionId));
  releases.push(events.every(HEARTBEAT_MS, () => stream.comment('alive')));
  onceEnded(raw, end);
  // Missed events are sent no faster than they are read, so that a resuming reader is not cut off.
  const catchUp = (after: number): void => {
    const { lost, events: missed } = events.after(owner, after, CATCH_UP_EVENTS);
    let last = after + lost;
    const { earlierRun } = after === 0 ? resume : {};
    if (lost > 0 || earlierRun) {
      stream.event(encodeEvent('gap', `${events.run}-${last}`, { lost, earlierRun }));
    }
    for (const event of missed) {
      if (!stream.hasRoom) break;
      deliver(event);
      last = event.number;
    }
    isLive = last === events.newest(owner);
    if (!isLive) stream.whenRoom(() => catchUp(last));
    else if (hasEnded) end();
  };
  if (resume.after !== undefined) catchUp(resume.after);
  else if (hasEnded) end();
};

const SCHEMA = {
  operationId: OPERATION_ID,
  summary: 'Events as they occur (server-sent events)',
  description: [
    "Events of the owner's sessions and sockets, each with `event`, `id` and one line of JSON as `data`;",
    '`x-event-data` names its schema: OperationEvent, UndeliveredEvent, StateEvent, SessionEvent, GapEvent.',
    'With Last-Event-ID the stream resumes after that event; it begins with the event `gap` if some later',
    'ones are no longer kept. A comment comes every 15 seconds. A reader with more than',
    '`limits.eventBytes` unread is cut off; an owner has at most `limits.eventStreamsPerOwner` streams. A',
    'stream with `sessionId` counts as use of the session. A stream of a session ends after its last event;',
    'one of a socket with its session, or when the journal of the closed socket is discarded: calls with its',
    'id are then no events. Then both are answered 410, unless Last-Event-ID shows that events were missed.',
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
      description: 'The stream; it ends when the daemon stops, or no further event is possible.',
      content: { 'text/event-stream': { schema: { type: 'string' } } },
    },
    ...problemResponses,
  },
};
