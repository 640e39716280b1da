import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  type DaemonEvent,
  type EventFeed,
  type EventSubject,
  eventView,
} from '../../operations/journal/event-feed.js';
import { readFilter } from '../../operations/journal/event-filter.js';
import type { RequestOrder } from '../gates/request-order.js';
import type { ThriftyLog } from '../gates/thrifty-log.js';
import type { HeldBytes, KeptBytes } from '../memory/kept-bytes.js';
import { addEvents } from '../openapi/event-document.js';
import { hijackReply, sendProblem, sendRefusal } from '../problems/send-answer.js';
import { onceEnded, RestClient } from '../rest/delivery.js';
import { problemResponses } from '../schemas.js';
import {
  type EventRequest,
  type EventSink,
  type EventSource,
  eventId,
  oncePerEvent,
  readEvents,
  resumePoint,
  subjectsOf,
} from './event-reader.js';
import { type EncodedEvent, EventStream, encodeEvent } from './event-stream.js';

/** What the route shares with the rest of the edge. */
export interface EventsParts {
  readonly lines: ThriftyLog;
  readonly order: RequestOrder;
  readonly kept: KeptBytes;
}

/** How often a stream sends a comment that it is alive. */
const HEARTBEAT_MS = 15_000;

/** Serves GET /v1/events: the events of the owner's sessions and sockets, as they occur. */
export const registerEvents = (app: FastifyInstance, source: EventSource, parts: EventsParts): void => {
  const { events } = source;
  const { order, kept } = parts;
  const encoded = encoder(events);
  app.get('/v1/events', { schema: SCHEMA }, async (request, reply) => {
    const { id: requestId, owner, headers } = request;
    const filter = readFilter(request.query);
    if (!filter.ok) return sendRefusal(reply, filter);
    const last = headers['last-event-id'];
    const resume = resumePoint(last === undefined ? last : String(last), 'Last-Event-ID', owner, events);
    if (!resume.ok) return sendRefusal(reply, resume);
    const client = new RestClient(reply.raw, true, order);
    const asked = { owner, requestId, client, filter: filter.value, resume: resume.value };
    const subjects = await subjectsOf(asked, OPERATION_ID, source);
    if (subjects && 'document' in subjects) {
      sendProblem(reply, subjects);
      return reply;
    }
    if (client.gone) return reply.hijack();
    // Reads the connection, so that the end of the reader is noticed.
    order.keepReading(reply.raw);
    // No await stands between this check and the opening of the stream, which changes its result.
    const refusal = kept.of(owner).refuseLongAnswer() ?? events.overQuota(owner);
    if (refusal) return sendRefusal(reply, refusal);
    if (request.method === 'HEAD') {
      hijackReply(reply, 200, STREAM_HEADERS).end();
      return reply;
    }
    openStream(request, reply, asked, subjects, { ...parts, events, encoded });
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

const encoder = (events: EventFeed): Encoder =>
  oncePerEvent((event) => encodeEvent(event.body.kind, eventId(events, event.number), eventView(event)));

interface StreamParts extends EventsParts {
  readonly events: EventFeed;
  readonly encoded: Encoder;
}

const openStream = (
  request: FastifyRequest,
  reply: FastifyReply,
  asked: EventRequest,
  subjects: readonly EventSubject[] | undefined,
  { events, lines, kept, encoded }: StreamParts,
): void => {
  const { owner, requestId } = asked;
  // The stream bypasses Fastify, which would wait for its end.
  const raw = hijackReply(reply, 200, STREAM_HEADERS);
  const stops: (() => void)[] = [];
  const stop = (): void => {
    for (const one of stops.splice(0)) one();
  };
  const hold = (): HeldBytes => kept.holdAnswer(request);
  const stream = new EventStream(raw, events.maxBytes, hold, (bytes) => {
    lines.write('warn', owner, { requestId, owner, bytes }, 'a reader of events was too slow and is cut off');
    // The connection itself may stay open until the answers before this one are sent.
    stop();
  });
  const end = (): void => {
    stream.end();
    stop();
  };
  // Sends the head of the answer at once.
  stream.comment('winsockd events');
  stops.push(events.every(HEARTBEAT_MS, () => stream.comment('alive')));
  onceEnded(raw, end);
  const sink: EventSink = {
    event: (event) => stream.event(encoded(event)),
    gap: (id, gap) => stream.event(encodeEvent('gap', id, gap)),
    get hasRoom() {
      return stream.hasRoom;
    },
    whenRoom: (run) => stream.whenRoom(run),
    end,
  };
  stops.push(readEvents(asked, subjects, events, sink));
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
