import { EVENT_KINDS } from '../operations/journal/event-feed.js';

/** A schema of the OpenAPI document. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const text = (description: string): JsonSchema => ({ type: 'string', description });

const int32 = (description: string): JsonSchema => ({ type: 'integer', format: 'int32', description });

const int64 = (description: string): JsonSchema => ({ type: 'integer', format: 'int64', description });

const RETRYABLE: JsonSchema = {
  type: 'boolean',
  description: 'Whether repeating the same call, unchanged, can succeed.',
};

const LIMITS: Readonly<Record<string, JsonSchema>> = {
  waitSeconds: int32('The longest wait of one call, in seconds.'),
  leaseSeconds: int32('The default lease of a session, in seconds.'),
  maxLeaseSeconds: int32('The longest lease, in seconds.'),
  sessionsPerOwner: int32('Most sessions of one owner.'),
  socketsPerOwner: int32('Most sockets of one owner.'),
  connections: int32('Most connections.'),
  connectionsPerOwner: int32('Most connections of one owner, at most half of all connections.'),
  reservedDescriptors: int32('File descriptors that sockets leave free, on Linux.'),
  callsPerOwner: int32('Most waiting calls of one owner.'),
  idempotencyKeysPerOwner: int32('Most idempotency keys of one owner.'),
  idempotencyBytesPerOwner: int32('Most bytes of the answers kept for them.'),
  recvBytes: int32('Most bytes of one recv.'),
  bytesPerOwner: int64('Bytes kept for one owner at once.'),
  bytesTotal: int64('Bytes kept for all owners at once.'),
  callBodyBytes: int32('Most bytes of one request body without data.'),
  bodyBytes: int32('Most bytes of one request body with data, or with a long list of sockets.'),
  bodyValues: int32('Most values and names of one request body.'),
  requestsPerConnection: int32('Most pending requests on one connection.'),
  webSocketsPerOwner: int32('Most WebSockets of one owner.'),
  stalledSeconds: int32('Seconds that a client may transfer nothing while bytes are short.'),
  journalEntries: int32('Most calls that one journal keeps.'),
  endedSessionEntries: int32('Most calls that the journals of ended sessions keep together.'),
  captureBytes: int32('Most payload that the journal of one socket keeps.'),
  captureBytesPerSession: int32('Most payload that the journals of one session keep.'),
  captureBytesPerOwner: int32('Most payload that the journals of one owner keep.'),
  eventEntries: int32('Most events of one owner that are kept for readers that resume.'),
  eventBytes: int32('Most bytes of events that one reader has not read.'),
  eventStreamsPerOwner: int32('Most readers of events of one owner.'),
};

/** The schemas that operations and other routes share. */
export const SHARED_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  ParameterError: {
    type: 'object',
    description: 'One thing wrong with the parameters.',
    required: ['pointer', 'detail'],
    properties: {
      pointer: text('JSON pointer into the merged parameters, for example `/address/port`.'),
      detail: text('What is wrong there.'),
    },
  },
  Problem: {
    type: 'object',
    description: 'A problem document (RFC 9457). Further members depend on the code.',
    required: ['type', 'title', 'status', 'detail', 'instance'],
    properties: {
      type: text('`/problems/<name>`: the page of this problem, served by the daemon.'),
      title: text('The meaning of the code.'),
      status: int32('The HTTP status.'),
      detail: text('What happened here, and what to do about it. For people; not for parsing.'),
      instance: text('`urn:winsockd:request:<X-Request-Id>`.'),
      code: int32(
        'The Windows Sockets error code, for example 10057. Absent when the daemon itself refused.',
      ),
      name: text('The name of the code, for example `WSAENOTCONN`.'),
      operation: text('The operation.'),
      function: text('The Winsock function that failed.'),
      provider: text('The provider of the socket.'),
      socketId: text('The socket.'),
      sessionId: text('The session.'),
      state: text('The state of the socket after the failure.'),
      retryable: RETRYABLE,
      hint: text('The operation to call first.'),
      fault: text('The armed fault that caused it: see FaultEffect and FaultPhase.'),
      capability: text('The capability that the provider lacks.'),
      reason: text('Why the id is gone.'),
      bytesSent: int64('Only for sendBytes: the bytes that were sent before the failure.'),
      limit: int32('The limit that was exceeded, in bytes.'),
      requiredLength: int32('The length that suffices, in bytes.'),
      errors: {
        type: 'array',
        items: { $ref: 'ParameterError#' },
        description: 'Only for `validation`: what is wrong, and where.',
      },
    },
    additionalProperties: true,
  },
  EventKind: { type: 'string', enum: [...EVENT_KINDS], description: 'A kind of event.' },
  Status: {
    type: 'object',
    required: ['status'],
    properties: { status: text('`live`, `ready` or `draining`.') },
  },
  About: {
    type: 'object',
    description: 'Version, providers, start and limits of this daemon.',
    required: ['version', 'startedAt', 'providers', 'limits', 'clock', 'owner'],
    properties: {
      version: text('The version of the daemon.'),
      startedAt: { type: 'string', format: 'date-time', description: 'When the daemon started.' },
      providers: {
        type: 'array',
        items: { type: 'string' },
        description: 'The providers, in the order of their catalog entries.',
      },
      limits: { $ref: 'AboutLimits#' },
      clock: { $ref: 'AboutClock#' },
      owner: text('The owner of the token.'),
    },
  },
  AboutClock: {
    type: 'object',
    description: 'The clocks of the daemon, for `Winsockd-Not-Before`.',
    required: ['wall', 'monotonicMs'],
    properties: {
      wall: { type: 'string', format: 'date-time', description: 'The time of day.' },
      monotonicMs: {
        type: 'number',
        format: 'double',
        description: 'Milliseconds of a clock that nobody sets.',
      },
    },
  },
  AboutLimits: {
    type: 'object',
    description: 'The limits of this daemon, as configured.',
    required: Object.keys(LIMITS),
    properties: LIMITS,
  },
  Lesson: {
    type: 'object',
    description: 'A lesson: docs/lessons.md has its members, lessons/lesson.schema.json its schema.',
    additionalProperties: true,
  },
  Lessons: {
    type: 'object',
    required: ['lessons'],
    properties: { lessons: { type: 'array', items: { $ref: 'Lesson#' } } },
  },
  ProblemKind: {
    type: 'object',
    description: 'One row of the catalog of problems.',
    required: ['type', 'name', 'title', 'statuses', 'retryable'],
    properties: {
      type: text('The type of its problem documents, and the path of its page.'),
      name: text('The name of the code, or of the refusal.'),
      title: text('What it means.'),
      statuses: {
        type: 'array',
        items: { type: 'integer', format: 'int32' },
        description: 'Its HTTP statuses.',
      },
      retryable: RETRYABLE,
      code: int32('The Windows Sockets error code.'),
      kind: text('The kind of failure of a Windows Sockets code.'),
    },
  },
  ProblemCatalog: {
    type: 'object',
    required: ['problems'],
    properties: { problems: { type: 'array', items: { $ref: 'ProblemKind#' } } },
  },
};

/** The response of all problems, for routes that are not operations. */
export const problemResponses = {
  default: {
    description: 'Any problem.',
    content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } },
  },
};

/** The schema of a route that is not an operation, and answers one of the schemas above. */
export const routeSchema = (
  tag: 'daemon' | 'problems',
  operationId: string,
  summary: string,
  result: string,
  status = 200,
) => ({
  operationId,
  summary,
  tags: [tag],
  response: { [status]: { description: summary, $ref: `${result}#` }, ...problemResponses },
});
