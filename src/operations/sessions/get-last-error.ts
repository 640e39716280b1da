import Type from 'typebox';
import { wsaNameOf } from '../../winsock/errors.js';
import { ok } from '../../winsock/outcome.js';
import { operation } from '../operation.js';
import { component, emptyResult, int32 } from '../schemas/schemas.js';

export const LastErrorSchema = component('LastError', 'The last error of a session.', {
  code: int32('The code of the last call that failed; 0 if none did.', -0x80000000, 0x7fffffff),
  name: Type.Optional(Type.String({ description: 'The name of the code, if it has one.' })),
});

export const getLastError = operation({
  name: 'getLastError',
  summary: 'The code of the last failed call',
  description: 'Every problem document has its code, too. A call that succeeds does not change it.',
  winsock: ['WSAGetLastError'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-wsagetlasterror',
  scope: 'session',
  params: emptyResult('GetLastErrorRequest'),
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
