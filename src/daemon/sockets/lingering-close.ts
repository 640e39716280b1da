import type { Watch } from '../../providers/provider.js';
import { RECV_FLAGS } from '../../winsock/constants.js';
import { isLinger, type Linger } from '../../winsock/options.js';
import { failedWith, type Outcome } from '../../winsock/outcome.js';
import type { Clock, Timer } from '../waiting/clock.js';
import type { Socket } from './socket.js';

/**
 * The interval at which the send queue is polled, since no system reports that it is empty. It grows with
 * time.
 */
const CHECK_AFTER_MS = { least: 10, most: 250 };

/** SO_LINGER of a connection-oriented socket; off if it cannot be read. */
export const lingerOf = (socket: Socket): Linger => {
  const off: Linger = { onoff: false, linger: 0 };
  if (!socket.isStream) return off;
  const value = socket.use((provider, s) => provider.getSockOpt(s, 'SO_LINGER'));
  return value.ok && isLinger(value.value) ? value.value : off;
};

/**
 * closesocket with SO_LINGER {on, n}. It never blocks a thread: not the event loop, and not a worker, because
 * the end of the process would wait for that. It stops sending, waits until the peer has acknowledged
 * everything, then closes. When the time runs out before that, it resets the connection.
 *
 * If the system cannot report the send queue (Windows before 10, version 1703; Wine), only the peer's own end
 * shows that it has received everything. A peer that has received it and does not end is reset too when the
 * time runs out, and may lose what it has not read. The caller has set a time after which the close is hard;
 * a graceful close would let a peer that reads nothing stay connected forever. A caller that wants every byte
 * delivered, however long it takes, leaves linger off.
 *
 * @param seconds the linger time
 * @param done called with the outcome of the native close
 * @returns the function that ends the wait now
 * @see https://learn.microsoft.com/windows/win32/api/winsock/ns-winsock-linger
 */
export const lingeringClose = (
  socket: Socket,
  seconds: number,
  clock: Clock,
  done: (outcome: Outcome<void>) => void,
): ((how: 'close' | 'abort') => void) => {
  const began = clock.now();
  const until = began + seconds * 1000;
  let isDone = false;
  let watch: Watch | undefined;
  let timer: Timer | undefined;
  const finish = (how: 'close' | 'abort'): void => {
    if (isDone) return;
    isDone = true;
    watch?.stop();
    timer?.clear();
    done(socket.closeLastHandle(how));
  };
  const check = (hungUp: boolean): void => {
    timer?.clear();
    const now = clock.now();
    if (isOver(socket, hungUp)) finish('close');
    else if (now >= until) finish('abort');
    else timer = clock.setTimeout(Math.min(pause(now - began), until - now), () => check(hungUp));
  };
  // Fails if sending was shut down before or the connection is lost: then there is nothing to stop.
  socket.use((provider, s) => provider.shutdown(s, 'SD_SEND'));
  const watched = socket.use((provider, s) =>
    provider.watch(s, { hangup: true }, () => {
      watch = undefined;
      check(true);
    }),
  );
  // If the system watches no more sockets, polling finds everything except an end behind unread bytes.
  if (watched.ok) watch = watched.value;
  check(false);
  return finish;
};

const pause = (waited: number): number =>
  Math.min(CHECK_AFTER_MS.most, Math.max(CHECK_AFTER_MS.least, waited / 10));

/**
 * Whether there is nothing left to wait for: the peer has acknowledged everything, the connection is lost, or
 * the peer has ended and the send queue cannot be read. Peeks at the first unread byte only.
 */
const isOver = (socket: Socket, hungUp: boolean): boolean => {
  const unsent = socket.use((provider, s) => provider.unsent(s));
  if (!unsent.ok || unsent.value === 0) return true;
  const seen = socket.use((provider, s) => provider.recv(s, Buffer.alloc(1), RECV_FLAGS.MSG_PEEK));
  if (seen.ok) return unsent.value === undefined && (hungUp || seen.value.eof);
  if (failedWith(seen, 'WSAEWOULDBLOCK') || failedWith(seen, 'WSAESHUTDOWN')) {
    return unsent.value === undefined && hungUp;
  }
  return true;
};
