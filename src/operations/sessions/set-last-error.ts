import { operation } from '../operation.js';
import { int32, parameters } from '../schemas/schemas.js';
import { getLastError, LastErrorSchema } from './get-last-error.js';

export const setLastError = operation({
  name: 'setLastError',
  summary: 'Set the last error',
  description: 'What getLastError answers until the next call fails.',
  winsock: ['WSASetLastError'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-wsasetlasterror',
  scope: 'session',
  params: parameters('SetLastErrorRequest', {
    code: int32('Any number.', -0x80000000, 0x7fffffff),
  }),
  result: LastErrorSchema,
  errors: [],
  example: { params: { code: 10054 }, result: { code: 10054, name: 'WSAECONNRESET' } },
  effect: 'change',
  uninitialised: true,
  duringBlockingCall: true,
  rest: { method: 'PUT', path: '/sessions/{sessionId}/lastError' },
  run(session, { code }, call, daemon) {
    session.failed(code);
    return getLastError.run(session, {}, call, daemon);
  },
});
