import type { Watch } from '../../providers/provider.js';
import { RECV_FLAGS } from '../../winsock/constants.js';
import { isLinger, type Linger } from '../../winsock/options.js';
import { failedWith, type Outcome } from '../../winsock/outcome.js';
import type { Clock, Timer } from '../waiting/clock.js';
import type { Socket } from './socket.js';

/** How often the send queue is asked for, since no system announces that it has run empty: seldomer with time. */
const LOOK_AFTER_MS = { least: 10, most: 250 };

/** SO_LINGER of a connection-oriented socket; off where there is none. */
export const lingerOf = (socket: Socket): Linger => {
  const off: Linger = { onoff: false, linger: 0 };
  if (!socket.isStream) return off;
  const value = socket.use((provider, s) => provider.getSockOpt(s, 'SO_LINGER'));
  return value.ok && isLinger(value.value) ? value.value : off;
};

/**
 * closesocket with SO_LINGER {on, n}, without ever blocking a thread: neither the event loop nor a worker,
 * for which the end of the process would wait. Stops sending, waits until the peer has acknowledged
 * everything, then closes; when the time runs out before, the connection is reset.
 *
 * Where the system cannot see the send queue (Windows before 10, version 1703; Wine), only the peer's own end
 * says that it has everything. A peer that has it and does not end is reset too when the time runs out, and
 * may lose what it has not read yet: the caller has set a time after which the close is hard, and a close
 * that is soft instead would leave a peer that takes nothing connected for as long as it likes. Who wants
 * every byte delivered, however long it takes, leaves linger off.
 *
 * @param seconds the linger time
 * @param done told the outcome of the native close
 * @returns the way to end the waiting now
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
    done(socket.finish(how));
  };
  const look = (hungUp: boolean): void => {
    timer?.clear();
    const now = clock.now();
    if (isOver(socket, hungUp)) finish('close');
    else if (now >= until) finish('abort');
    else timer = clock.setTimeout(Math.min(pause(now - began), until - now), () => look(hungUp));
  };
  // Fails where it has been done before or the connection is lost: then there is nothing to stop.
  socket.use((provider, s) => provider.shutdown(s, 'SD_SEND'));
  const watched = socket.use((provider, s) =>
    provider.watch(s, { hangup: true }, () => {
      watch = undefined;
      look(true);
    }),
  );
  // A system that watches no more sockets: looking finds all but an end behind bytes that nobody reads.
  if (watched.ok) watch = watched.value;
  look(false);
  return finish;
};

const pause = (waited: number): number =>
  Math.min(LOOK_AFTER_MS.most, Math.max(LOOK_AFTER_MS.least, waited / 10));

/**
 * Whether there is nothing left to wait for: the peer has acknowledged everything, the connection is lost, or
 * the peer has ended where the send queue cannot be seen. Looks at the first byte that waits only.
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
