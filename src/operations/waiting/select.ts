import Type from 'typebox';
import type { Answer } from '../../daemon/answers/answer.js';
import { endedAnswer } from '../../daemon/calls/call.js';
import type { Daemon } from '../../daemon/daemon.js';
import type { Session } from '../../daemon/sessions/session.js';
import { hasFailedToConnect } from '../../daemon/sockets/poll-sockets.js';
import type { Socket } from '../../daemon/sockets/socket.js';
import { POLL_EVENTS } from '../../winsock/constants.js';
import { fail, type Outcome, ok } from '../../winsock/outcome.js';
import { socketOf } from '../dispatch/resolve-ids.js';
import { operation } from '../operation.js';
import { SOCKET_ID } from '../schemas/examples.js';
import { component, socketIdSchema, timeoutMs } from '../schemas/schemas.js';
import { WAIT_ENDED, WATCH_REFUSED } from './retry-until-ready.js';
import { stateNow, waitOnMany } from './wait-on-many.js';

const { POLLRDNORM, POLLRDBAND, POLLWRNORM, POLLERR, POLLHUP } = POLL_EVENTS;

/** fd_set has no fixed size here; in C, FD_SETSIZE is 64 by default. */
export const MOST_IDS = 4096;

const ids = (description: string) => Type.Array(socketIdSchema, { maxItems: MOST_IDS, description });

/** The three sets of a call; each has a socket once, as with FD_SET. */
type Sets<T> = Readonly<Record<'read' | 'write' | 'except', readonly T[]>>;

/** The ids of the ready sockets. */
type Ready = Record<keyof Sets<string>, string[]>;

const WANTED = { read: POLLRDNORM, write: POLLWRNORM, except: POLLRDBAND } as const;
const NAMES = ['read', 'write', 'except'] as const;

export const select = operation({
  name: 'select',
  summary: 'Which of many sockets are ready',
  description: [
    'Waits until at least one socket is ready as its set asks. `read`: recv or accept would not wait (bytes,',
    'a connection, the end, a reset). `write`: send would not wait; the connection is established. `except`:',
    'urgent data waits, or the connect failed and none has succeeded since. The answer has the ready ids in',
    'the order given; at the limit of the client or the daemon, three empty sets. Sockets of several',
    'providers may be mixed. A socket that another call closes meanwhile ends the wait, as on Windows: a',
    'socket of `read` is the only ready one; one of `except` only is WSAENOTSOCK. What Windows does for one',
    'of `write` only is not known; it is treated like `except`.',
  ].join('\n'),
  winsock: ['select'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-select',
  scope: 'session',
  params: component('SelectRequest', 'What select takes. All three sets empty is WSAEINVAL.', {
    read: Type.Optional(ids('Sockets to be readable.')),
    write: Type.Optional(ids('Sockets to be writable.')),
    except: Type.Optional(ids('Sockets to have urgent data, or a connect that failed.')),
    timeoutMs,
  }),
  result: component('SelectResult', 'The sockets that are ready; all empty at the limit.', {
    read: ids('Those that are readable.'),
    write: ids('Those that are writable.'),
    except: ids('Those with urgent data, or a connect that failed.'),
  }),
  errors: ['WSAEFAULT', 'WSAENETDOWN', 'WSAEINVAL', 'WSAEINTR', 'WSAENOTSOCK'],
  alsoSeen: {
    WSAENOBUFS: WATCH_REFUSED,
    WSA_OPERATION_ABORTED: WAIT_ENDED,
    WSAECONNRESET: 'a fault reset a socket that was in `except` only',
  },
  example: {
    sockets: ['client'],
    params: { write: [SOCKET_ID], timeoutMs: 5000 },
    result: { read: [], write: [SOCKET_ID], except: [] },
  },
  effect: 'read',
  blocking: true,
  refusals: ['overloaded'],
  async run(session, params, call, daemon) {
    const sets = setsOf(daemon, session, params);
    if (!sets.ok) return sets;
    const asked = wantedOf(sets.value);
    if (asked.size === 0) return nothingToWaitFor;
    const answer = await waitOnMany(asked, call, daemon, () => {
      const state = stateNow(asked, 'select');
      return state.ok ? readyOf(sets.value, state.value) : state;
    });
    if (answer === 'close') {
      const gone = setsOf(daemon, session, params);
      return closedMeanwhile(sets.value) ?? (gone.ok ? endedAnswer(answer, 'select') : gone);
    }
    if (answer === 'deadline' || answer === 'cap') return ok({ read: [], write: [], except: [] });
    return typeof answer === 'string' ? endedAnswer(answer, 'select') : answer;
  },
});

const nothingToWaitFor = fail('WSAEINVAL', 'select', { detail: 'all three sets are empty.' });

const setsOf = (daemon: Daemon, session: Session, given: Partial<Sets<string>>): Outcome<Sets<Socket>> => {
  const sets = { read: [] as Socket[], write: [] as Socket[], except: [] as Socket[] };
  for (const name of NAMES) {
    for (const id of new Set(given[name])) {
      const socket = socketOf(daemon, session, id, 'select');
      if (!socket.ok) return socket;
      sets[name].push(socket.value);
    }
  }
  return ok(sets);
};

/**
 * The answer if a socket was closed while select waited: it is readable; undefined if it is in another set.
 * As on Windows: https://gitlab.winehq.org/wine/wine/-/blob/wine-10.0/dlls/ws2_32/tests/sock.c (test_select).
 */
const closedMeanwhile = (sets: Sets<Socket>): Answer<Ready> | undefined => {
  const read = sets.read.filter(({ ending }) => ending !== undefined).map(({ id }) => id);
  return read.length > 0 ? ok({ read, write: [], except: [] }) : undefined;
};

const wantedOf = (sets: Sets<Socket>): ReadonlyMap<Socket, number> => {
  const asked = new Map<Socket, number>();
  for (const name of NAMES) {
    for (const socket of sets[name]) asked.set(socket, (asked.get(socket) ?? 0) | WANTED[name]);
  }
  return asked;
};

/** The answer, or undefined while nothing is ready. */
const readyOf = (sets: Sets<Socket>, state: ReadonlyMap<Socket, number>): Answer<Ready> | undefined => {
  const those = (name: (typeof NAMES)[number]): string[] =>
    sets[name].filter((socket) => isReady(name, socket, state.get(socket) ?? 0)).map((socket) => socket.id);
  const ready = { read: those('read'), write: those('write'), except: those('except') };
  return NAMES.some((name) => ready[name].length > 0) ? ok(ready) : undefined;
};

/**
 * A failed connect is an exception and nothing else, whatever calls would answer at once. But a socket that
 * listens since then may have a connection to accept.
 */
const isReady = (name: (typeof NAMES)[number], socket: Socket, revents: number): boolean => {
  const failed = hasFailedToConnect(socket.underlying);
  if (name === 'except') return failed || (revents & POLLRDBAND) !== 0;
  if (failed) return name === 'read' && (revents & POLLRDNORM) !== 0;
  return (revents & (name === 'read' ? POLLRDNORM | POLLHUP | POLLERR : POLLWRNORM)) !== 0;
};
