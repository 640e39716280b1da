import Type from 'typebox';
import { SOMAXCONN } from '../../winsock/constants.js';
import { ok } from '../../winsock/outcome.js';
import { operation } from '../operation.js';
import { emptyResult, int32, parameters } from '../schemas/schemas.js';

export const listen = operation({
  name: 'listen',
  summary: 'Wait for connections',
  description: 'The socket must be bound. On a listener it changes nothing.',
  winsock: ['listen'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-listen',
  scope: 'socket',
  params: parameters('ListenRequest', {
    backlog: Type.Optional(
      int32(
        'Most queued connections; without it (SOMAXCONN) the provider chooses. SOMAXCONN_HINT(n) is -n.',
        -65_535,
        SOMAXCONN,
      ),
    ),
  }),
  result: emptyResult('ListenResult'),
  errors: ['WSAEADDRINUSE', 'WSAEINVAL', 'WSAEISCONN', 'WSAEMFILE', 'WSAENOBUFS', 'WSAEOPNOTSUPP'],
  advice: { WSAEINVAL: 'the socket is not bound yet, or a connect of it is under way.' },
  example: { sockets: ['listener'], params: { backlog: 16 } },
  effect: 'change',
  does: 'listens',
  run(socket, { backlog }) {
    const listening = socket.use((provider, s) => provider.listen(s, backlog ?? SOMAXCONN));
    if (!listening.ok) return listening;
    socket.listening();
    return ok({});
  },
});
