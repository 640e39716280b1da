import { ok } from '../../winsock/outcome.js';
import { operation } from '../operation.js';
import { component, count, emptyResult } from '../schemas/schemas.js';

export const cleanup = operation({
  name: 'cleanup',
  summary: 'Undo one startup; the last cleanup closes every socket',
  description: [
    'Only the last cleanup of as many as there were startups acts: it closes the sockets of the session and',
    'ends its pending calls with WSA_OPERATION_ABORTED. The session itself stays, so that startup with its',
    '`sessionId` revives it; endSession removes it.',
  ].join('\n'),
  winsock: ['WSACleanup'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-wsacleanup',
  scope: 'session',
  params: emptyResult('CleanupRequest'),
  result: component('CleanupResult', 'Done.', {
    startups: count('Startups without a cleanup yet.'),
  }),
  errors: ['WSAENETDOWN'],
  effect: 'change',
  affects: 'all',
  async run(session, _params, _call, daemon) {
    await daemon.sessions.cleanup(session);
    return ok({ startups: session.startups });
  },
});
