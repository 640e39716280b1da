import { endedAnswer } from '../../daemon/calls/call.js';
import { fail, ok } from '../../winsock/outcome.js';
import { operation } from '../operation.js';
import { emptyResult, parameters, timeoutMs } from '../schemas/schemas.js';

export const close = operation({
  name: 'close',
  summary: 'Close the socket and free what it holds',
  description: [
    'The id is gone at once; calls that wait on it end with WSAEINTR, or 200 if they have moved bytes.',
    'Without SO_LINGER, queued bytes are sent in the background; with {on, 0} the connection is reset; with',
    '{on, n} the answer waits at most n seconds until the peer has taken everything, then resets. A limit',
    'ends the wait, not the close; repeat the call to wait on.',
  ].join('\n'),
  winsock: ['closesocket'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-closesocket',
  scope: 'socket',
  params: parameters('CloseRequest', { timeoutMs }),
  result: emptyResult('CloseResult'),
  errors: ['WSAEINTR', 'WSAEWOULDBLOCK'],
  alsoSeen: {
    WSAETIMEDOUT: 'timeoutMs ran out; the close goes on',
    WSA_OPERATION_ABORTED: 'its session was cleaned up or ended; the close goes on',
  },
  example: {
    sockets: ['client', 'accepted', 'listener', 'datagram'],
    params: { timeoutMs: 5000 },
    result: {},
  },
  effect: 'change',
  blocking: true,
  closes: true,
  findsClosing: true,
  rest: { aliases: ['DELETE /sockets/{socketId}'] },
  async run(socket, _params, call, daemon) {
    if (daemon.sockets.closeWouldBlock(socket, call)) {
      return fail('WSAEWOULDBLOCK', 'closesocket', {
        detail: 'the socket is non-blocking and would have to linger; it stays open.',
      });
    }
    // The call that ends the socket may wait for that end, however many calls of the owner wait already.
    if (socket.ending === undefined) call.exemptFromQuota();
    const { endsLater } = call.faults;
    const ending = daemon.sockets.end(socket, 'closed', endsLater);
    // What a fault delays is the network's part: the caller does not wait for it.
    if (endsLater) return ok({});
    const wake = ending.isSettled ? 'ready' : await call.wait((wakes) => ending.subscribe(wakes));
    if (wake !== 'ready') return endedAnswer(wake, 'closesocket');
    const outcome = ending.result;
    return outcome === undefined || outcome.ok ? ok({}) : outcome;
  },
});
