import type { Readiness, Watch } from '../providers/provider.js';
import { RECV_FLAGS } from '../winsock/constants.js';
import { isLinger, type Linger } from '../winsock/options.js';
import { failedWith, type Outcome } from '../winsock/outcome.js';
import type { Clock, Timer } from './clock.js';
import type { Socket } from './socket.js';

/** How often the send queue is asked for; no system announces that it has run empty. */
const LOOK_EVERY_MS = 10;

/** SO_LINGER of a connection-oriented socket; off where there is none. */
export const lingerOf = (socket: Socket): Linger => {
  const off: Linger = { onoff: false, linger: 0 };
  if (!socket.isStream) return off;
  const value = socket.use((provider, s) => provider.getSockOpt(s, 'SO_LINGER'));
  return value.ok && isLinger(value.value) ? value.value : off;
};

/**
 * closesocket with SO_LINGER {on, n}, without ever blocking the event loop: stops sending, waits until the
 * peer has acknowledged everything (where the system cannot tell: until the peer has ended too), then
 * closes; when the time runs out with bytes unsent, the connection is reset.
 *
 * @param seconds the linger time
 * @param done told the outcome of the native close
 * @see https://learn.microsoft.com/windows/win32/api/winsock/ns-winsock-linger
 */
export const lingeringClose = (
  socket: Socket,
  seconds: number,
  clock: Clock,
  done: (outcome: Outcome<void>) => void,
): void => {
  const until = clock.now() + seconds * 1000;
  let watch: Watch | undefined;
  let timer: Timer | undefined;
  const finish = (how: 'close' | 'abort'): void => {
    watch?.stop();
    timer?.clear();
    done(socket.use((provider, s) => provider[how](s)));
  };
  // Fails where it has been done before or the connection is lost: then there is nothing to stop.
  socket.use((provider, s) => provider.shutdown(s, 'SD_SEND'));
  const look = (): void => {
    const unsent = socket.use((provider, s) => provider.unsent(s));
    const known = unsent.ok ? unsent.value : 0;
    if (known === 0) finish('close');
    else if (clock.now() >= until) finish(known === undefined ? 'close' : 'abort');
    else timer = clock.setTimeout(LOOK_EVERY_MS, look);
  };
  const onHangup = (_: Readiness): void => {
    watch = undefined;
    const unsent = socket.use((provider, s) => provider.unsent(s));
    // The peer's end says all where the send queue cannot be seen; elsewhere only a reset ends the wait.
    if ((unsent.ok && unsent.value === undefined) || isReset(socket)) finish('close');
  };
  watch = socket.watch({ hangup: true }, onHangup);
  look();
};

/** Whether the connection is lost. Looks at the first byte only; the socket is being closed anyway. */
const isReset = (socket: Socket): boolean => {
  const seen = socket.use((provider, s) => provider.recv(s, Buffer.alloc(1), RECV_FLAGS.MSG_PEEK));
  return !seen.ok && !failedWith(seen, 'WSAEWOULDBLOCK') && !failedWith(seen, 'WSAESHUTDOWN');
};
