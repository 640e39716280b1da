import { Type } from 'typebox';
import { type AnyOperation, operation } from '../../src/operations/operation.js';

const nothing = Type.Object({}, { $id: 'Empty' });
const neverRuns = () => ({ ok: true, value: {} }) as const;

/** An operation that sometimes creates something. */
const startup = operation({
  name: 'startup',
  summary: 'Begin a session',
  description: 'Begins.',
  winsock: ['WSAStartup'],
  scope: 'daemon',
  params: Type.Object(
    {
      version: Type.Optional(Type.String()),
      sessionId: Type.Optional(Type.String()),
      leaseSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 86400 })),
    },
    { $id: 'StartupRequest', additionalProperties: false },
  ),
  result: Type.Object({ sessionId: Type.String() }, { $id: 'StartupResult' }),
  errors: ['WSAVERNOTSUPPORTED'],
  effect: 'change',
  created: ({ sessionId }, params) =>
    params.sessionId === undefined ? { kind: 'session', id: sessionId } : undefined,
  createsSometimes: true,
  run: () => ({ ok: true, value: { sessionId: 'ses_1' } }),
});

/** An operation of a socket with the default route and a nested object. */
export const sendDisconnect = operation({
  name: 'sendDisconnect',
  summary: 'End sending',
  description: 'Ends.',
  winsock: ['WSASendDisconnect'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasenddisconnect',
  scope: 'socket',
  params: Type.Object(
    {
      disconnectData: Type.Optional(
        Type.Object(
          {
            text: Type.Optional(Type.String()),
            len: Type.Optional(Type.Integer({ minimum: 0, maximum: 4096 })),
          },
          { $id: 'Buffer' },
        ),
      ),
    },
    { $id: 'SendDisconnectRequest', additionalProperties: false },
  ),
  result: nothing,
  errors: ['WSAENOTCONN', 'WSAENOPROTOOPT', 'WSAEFAULT'],
  effect: 'change',
  run: neverRuns,
});

/** An operation with parameters in path and query. */
const getSockOpt = operation({
  name: 'getSockOpt',
  summary: 'Read an option',
  description: 'Reads.',
  winsock: ['getsockopt'],
  scope: 'socket',
  params: Type.Object(
    {
      level: Type.String({ enum: ['SOL_SOCKET'] }),
      name: Type.String(),
      index: Type.Optional(Type.Integer({ minimum: 0, maximum: 10 })),
      raw: Type.Optional(Type.Boolean()),
      parts: Type.Optional(Type.Array(Type.Integer({ minimum: 0, maximum: 10 }))),
    },
    { $id: 'GetSockOptRequest', additionalProperties: false },
  ),
  result: Type.Object({ value: Type.Integer({ minimum: 0, maximum: 1 }) }, { $id: 'GetSockOptResult' }),
  errors: ['WSAENOPROTOOPT'],
  effect: 'read',
  rest: {
    method: 'GET',
    path: '/sockets/{socketId}/options/{level}/{name}',
    query: ['index', 'raw', 'parts'],
  },
  run: () => ({ ok: true, value: { value: 1 } }),
});

/** An operation with an alias route. */
export const close = operation({
  name: 'close',
  summary: 'Close',
  description: 'Closes.',
  winsock: ['closesocket'],
  scope: 'socket',
  params: Type.Object({}, { $id: 'CloseRequest', additionalProperties: false }),
  result: nothing,
  errors: [],
  effect: 'change',
  rest: { aliases: ['DELETE /sockets/{socketId}'] },
  run: neverRuns,
});

export const FAKE_OPERATIONS: readonly AnyOperation[] = [startup, sendDisconnect, getSockOpt, close];
