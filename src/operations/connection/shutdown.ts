import { SHUTDOWN_HOW } from '../../winsock/constants.js';
import { ok } from '../../winsock/outcome.js';
import { operation } from '../operation.js';
import { emptyResult, keysOf, names, parameters } from '../schemas/schemas.js';

export const shutdown = operation({
  name: 'shutdown',
  summary: 'Stop sending, receiving, or both',
  description: [
    'Closes nothing and never waits. SD_SEND ends the stream after what is queued; waiting calls in a',
    'direction that is shut end with WSAESHUTDOWN, a send that has sent some bytes with their number. On',
    'Windows, a receive that is pending in the system still gets what arrives; here none is pending there.',
    'See also sendDisconnect.',
  ].join('\n'),
  winsock: ['shutdown'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-shutdown',
  scope: 'socket',
  params: parameters('ShutdownRequest', {
    how: names('ShutdownHow', keysOf(SHUTDOWN_HOW), 'Which direction to stop.'),
  }),
  result: emptyResult('ShutdownResult'),
  errors: ['WSAECONNABORTED', 'WSAECONNRESET', 'WSAEINVAL', 'WSAENOTCONN'],
  example: { sockets: ['client'], params: { how: 'SD_SEND' }, result: {} },
  effect: 'change',
  does: 'endsSending',
  run(socket, { how }, call) {
    const done = socket.shutdown(how, call.faults.endsLater);
    return done.ok ? ok({}) : done;
  },
});
