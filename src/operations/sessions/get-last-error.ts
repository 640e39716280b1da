import Type from 'typebox';
import { wsaNameOf } from '../../winsock/errors.js';
import { ok } from '../../winsock/outcome.js';
import { operation } from '../operation.js';
import { component, empty, int32 } from '../schemas/schemas.js';

export const LastErrorSchema = component('LastError', 'The last error of a session.', {
  code: int32(
    'The code of the call that finished last and failed; 0 when none did.',
    -0x80000000,
    0x7fffffff,
  ),
  name: Type.Optional(Type.String({ description: 'Its name, where the error table has one.' })),
});

export const getLastError = operation({
  name: 'getLastError',
  summary: 'The code of the last failed call',
  description: 'Every problem document carries its code anyway; a success leaves the last error as it was.',
  winsock: ['WSAGetLastError'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-wsagetlasterror',
  scope: 'session',
  params: empty('GetLastErrorRequest'),
  result: LastErrorSchema,
  errors: [],
  effect: 'read',
  uninitialised: true,
  duringBlockingCall: true,
  rest: { method: 'GET', path: '/sessions/{sessionId}/lastError' },
  run(session) {
    const name = wsaNameOf(session.lastError);
    return ok({ code: session.lastError, ...(name !== undefined && { name }) });
  },
});
