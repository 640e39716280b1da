import Type from 'typebox';
import type { Answer } from '../../daemon/answers/answer.js';
import { endedAnswer } from '../../daemon/calls/call.js';
import type { Daemon } from '../../daemon/daemon.js';
import type { Session } from '../../daemon/sessions/session.js';
import type { Socket } from '../../daemon/sockets/socket.js';
import { flagBits, POLL_EVENTS, type PollEvent } from '../../winsock/constants.js';
import { fail, ok } from '../../winsock/outcome.js';
import { socketOf } from '../dispatch/resolve-ids.js';
import { operation } from '../operation.js';
import { SOCKET_ID } from '../schemas/examples.js';
import { component, int32, keysOf, names, socketIdSchema, timeoutMs } from '../schemas/schemas.js';
import { WAIT_ENDED } from './retry-until-ready.js';
import { stateNow, waitOnMany } from './wait-on-many.js';

export const MOST_SOCKETS = 4096;

/** POLLIN and POLLOUT stand for several flags; an answer has the single ones. */
const SINGLE = [
  'POLLRDNORM',
  'POLLRDBAND',
  'POLLPRI',
  'POLLWRNORM',
  'POLLWRBAND',
  'POLLERR',
  'POLLHUP',
  'POLLNVAL',
] as const satisfies readonly PollEvent[];

const ASKABLE = flagBits(POLL_EVENTS, ['POLLIN', 'POLLOUT']);

export const poll = operation({
  name: 'poll',
  summary: 'Which of many sockets are ready, by flags',
  description: [
    'Waits until one of the sockets is ready. POLLERR, POLLHUP and POLLNVAL are reported unasked: POLLHUP is',
    "the peer's end, POLLERR a reset or a failed connect. An id that names no live socket of the session is",
    'POLLNVAL: a socket that is closed during the call ends the wait and counts in `ready`; an id that named',
    'none before does neither. Answers have the single names: POLLRDNORM and POLLRDBAND for POLLIN,',
    'POLLWRNORM for POLLOUT. When the limit comes, `ready` is 0.',
  ].join('\n'),
  winsock: ['WSAPoll'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsapoll',
  scope: 'session',
  params: component(
    'PollRequest',
    'What poll takes. To ask for POLLPRI, POLLWRBAND, POLLERR, POLLHUP or POLLNVAL is WSAEINVAL.',
    {
      sockets: Type.Array(
        component('PollSocket', 'WSAPOLLFD, as asked.', {
          socketId: socketIdSchema,
          events: Type.Array(names('PollFlag', keysOf(POLL_EVENTS), 'A POLL flag.'), {
            maxItems: 16,
            description: 'Flags to wait for: POLLRDNORM, POLLRDBAND, POLLIN, POLLWRNORM, POLLOUT.',
          }),
        }),
        { maxItems: MOST_SOCKETS, description: 'The sockets.' },
      ),
      timeoutMs,
    },
  ),
  result: component('PollResult', 'The state of the sockets.', {
    ready: int32('How many sockets have flags.', 0, MOST_SOCKETS),
    sockets: Type.Array(
      component('PolledSocket', 'WSAPOLLFD, as answered.', {
        socketId: socketIdSchema,
        revents: Type.Array(names('PolledFlag', SINGLE, 'A POLL flag.'), {
          description: 'The flags that are set.',
        }),
      }),
      { description: 'In the order in which they were given.' },
    ),
  }),
  errors: ['WSAENETDOWN', 'WSAEFAULT', 'WSAEINVAL', 'WSAENOBUFS'],
  alsoSeen: {
    WSAENOTSOCK: 'no id names a live socket of the session; Windows answers this, its page has WSAEINVAL',
    WSAEINTR: 'the blocking call of a session of version 1.x was cancelled',
    WSA_OPERATION_ABORTED: WAIT_ENDED,
  },
  example: {
    sockets: ['client'],
    params: { sockets: [{ socketId: SOCKET_ID, events: ['POLLIN', 'POLLOUT'] }], timeoutMs: 5000 },
    result: { ready: 1, sockets: [{ socketId: SOCKET_ID, revents: ['POLLWRNORM'] }] },
  },
  effect: 'read',
  blocking: true,
  refusals: ['overloaded'],
  async run(session, { sockets }, call, daemon) {
    const items = sockets.map(({ socketId, events }) => ({
      socketId,
      events: flagBits(POLL_EVENTS, events),
    }));
    if (items.length === 0) return noSockets;
    const first = liveSockets(daemon, session, items);
    // The page of WSAPoll has WSAEINVAL here. Windows answers WSAENOTSOCK, as Wine's tests (which run on
    // Windows) pin: https://gitlab.winehq.org/wine/wine/-/blob/master/dlls/ws2_32/tests/sock.c, test_WSAPoll;
    // a program that met it: https://github.com/paullouisageneau/libdatachannel/pull/853. The failure names
    // the first id and why it is gone.
    const missing = first.size === 0 && socketOf(daemon, session, items[0]?.socketId ?? '', 'WSAPoll');
    if (missing && !missing.ok) return missing;
    if (items.some(({ events }) => events & ~ASKABLE)) return notAskable;
    const flags = (): Answer<PollAnswer> => flagsNow(first, items);
    const answer = await waitOnMany(first, call, daemon, () => {
      const now = flags();
      return now.ok && now.value.ready === 0 ? undefined : now;
    });
    if (typeof answer !== 'string') return answer;
    // A closed socket is an answer, too: POLLNVAL.
    const asked = answer === 'deadline' || answer === 'cap' || answer === 'close';
    return asked ? flags() : endedAnswer(answer, 'WSAPoll');
  },
});

interface AskedSocket {
  readonly socketId: string;
  readonly events: number;
}

interface PollAnswer {
  ready: number;
  sockets: { socketId: string; revents: (typeof SINGLE)[number][] }[];
}

const noSockets = fail('WSAEINVAL', 'WSAPoll', { detail: 'there are no sockets to poll.' });
const notAskable = fail('WSAEINVAL', 'WSAPoll', {
  detail: 'POLLPRI and POLLWRBAND are not supported, and POLLERR, POLLHUP and POLLNVAL are answers only.',
});

/** The live sockets, each once with all flags asked of it; POLLHUP always is. */
const liveSockets = (
  daemon: Daemon,
  session: Session,
  items: readonly AskedSocket[],
): ReadonlyMap<Socket, number> => {
  const asked = new Map<Socket, number>();
  for (const { socketId, events } of items) {
    const socket = daemon.sockets.find(socketId);
    if (socket?.session === session) asked.set(socket, (asked.get(socket) ?? POLL_EVENTS.POLLHUP) | events);
  }
  return asked;
};

/**
 * The flags of the sockets now. An id that named no socket when the call began does not count in `ready`:
 * test_WSAPoll, as above.
 *
 * @param first the sockets that were live when the call began
 */
const flagsNow = (first: ReadonlyMap<Socket, number>, items: readonly AskedSocket[]): Answer<PollAnswer> => {
  const state = stateNow(new Map([...first].filter(([{ ending }]) => ending === undefined)), 'WSAPoll');
  if (!state.ok) return state;
  const { POLLERR, POLLHUP, POLLNVAL } = POLL_EVENTS;
  const byId = new Map<string, Socket>([...first.keys()].map((socket) => [socket.id, socket]));
  let ready = 0;
  const sockets = items.map(({ socketId, events }) => {
    const socket = byId.get(socketId);
    const now = (socket && state.value.get(socket)) ?? POLLNVAL;
    const bits = now & (events | POLLERR | POLLHUP | POLLNVAL);
    if (socket && bits !== 0) ready++;
    return { socketId, revents: SINGLE.filter((name) => bits & POLL_EVENTS[name]) };
  });
  return ok({ ready, sockets });
};
