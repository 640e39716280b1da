import { ok } from '../../winsock/outcome.js';
import { isVersion1 } from '../../winsock/versions.js';
import { ownOperation } from '../operation.js';
import { component, count, emptyResult } from '../schemas/schemas.js';

export const cancel = ownOperation({
  name: 'cancel',
  summary: 'End the calls that wait on the socket',
  description: [
    'The calls answer WSA_OPERATION_ABORTED; a send that has sent some bytes answers their number. In a',
    'session of version 1.x this is WSACancelBlockingCall: the one blocking call of the session, on any',
    'socket, answers WSAEINTR. A connect goes on in the background.',
  ].join('\n'),
  page: 'https://learn.microsoft.com/windows/win32/fileio/cancelioex-func',
  scope: 'socket',
  params: emptyResult('CancelRequest'),
  result: component('CancelResult', 'Done.', {
    cancelled: count('How many calls were ended.'),
  }),
  example: { sockets: ['listener'], result: { cancelled: 0 } },
  effect: 'change',
  findsClosing: true,
  run(socket, _params, call) {
    const { session } = socket;
    if (isVersion1(session.version)) {
      const { blocking } = session;
      blocking?.end('cancelBlockingCall');
      return ok({ cancelled: blocking ? 1 : 0 });
    }
    // The cancel is itself a call of the socket, and does not end itself.
    socket.calls.leave(call);
    return ok({ cancelled: socket.calls.end('cancel') });
  },
});
