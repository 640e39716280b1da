import { accept } from './connection/accept.js';
import { conditionalAccept } from './connection/conditional-accept.js';
import { connect } from './connection/connect.js';
import { listen } from './connection/listen.js';
import { recvDisconnect } from './connection/recv-disconnect.js';
import { sendDisconnect } from './connection/send-disconnect.js';
import { shutdown } from './connection/shutdown.js';
import { armFault } from './faults/arm-fault.js';
import { declareFaultable } from './faults/faultable.js';
import { getFault } from './faults/get-fault.js';
import { listFaults } from './faults/list-faults.js';
import { removeFault } from './faults/remove-fault.js';
import { getSessionJournal } from './journal/get-session-journal.js';
import { getSocketJournal } from './journal/get-socket-journal.js';
import { advanceLabClock } from './lab/advance-lab-clock.js';
import { setLabLink } from './lab/set-lab-link.js';
import { type AnyOperation, type Chapter, canFault } from './operation.js';
import { getSockOpt } from './options/get-sock-opt.js';
import { setSockOpt } from './options/set-sock-opt.js';
import { endRelay } from './relay/end-relay.js';
import { getRelay } from './relay/get-relay.js';
import { listRelays } from './relay/list-relays.js';
import { resetSession } from './relay/reset-session.js';
import { startRelay } from './relay/start-relay.js';
import { updateRelay } from './relay/update-relay.js';
import { getAddrInfo } from './resolver/get-addr-info.js';
import { getNameInfo } from './resolver/get-name-info.js';
import { cleanup } from './sessions/cleanup.js';
import { endSession } from './sessions/end-session.js';
import { enumProtocols } from './sessions/enum-protocols.js';
import { getLastError } from './sessions/get-last-error.js';
import { getSession } from './sessions/get-session.js';
import { listSessions } from './sessions/list-sessions.js';
import { renewSession } from './sessions/renew-session.js';
import { setLastError } from './sessions/set-last-error.js';
import { startup } from './sessions/startup.js';
import { bind } from './sockets/bind.js';
import { cancel } from './sockets/cancel.js';
import { close } from './sockets/close.js';
import { duplicate } from './sockets/duplicate.js';
import { getPeerName } from './sockets/get-peer-name.js';
import { getSockName } from './sockets/get-sock-name.js';
import { getSocket } from './sockets/get-socket.js';
import { ioctl } from './sockets/ioctl.js';
import { listSockets } from './sockets/list-sockets.js';
import { socket } from './sockets/socket.js';
import { recv } from './transfer/recv.js';
import { recvFrom } from './transfer/recv-from.js';
import { recvMsg } from './transfer/recv-msg.js';
import { send } from './transfer/send.js';
import { sendMsg } from './transfer/send-msg.js';
import { sendTo } from './transfer/send-to.js';
import { enumNetworkEvents } from './waiting/enum-network-events.js';
import { eventSelect } from './waiting/event-select.js';
import { poll } from './waiting/poll.js';
import { select } from './waiting/select.js';

/**
 * Every operation, in the order of the documentation: one conversation, from startup to cleanup. Each example
 * succeeds after those before it. A new Winsock call needs its file and one line here.
 */
export const CHAPTERS: readonly Chapter[] = [
  {
    name: 'session',
    description: 'A session stands for a Winsock process. Begin with `startup`.',
    inLessons: true,
    operations: [
      startup,
      listSessions,
      renewSession,
      enumProtocols,
      setLastError,
      getLastError,
      // It has the same path as endSession, which comes last: an OpenAPI document lists the two together.
      getSession,
    ],
  },
  {
    name: 'socket',
    description: 'Opening sockets, and their addresses.',
    inLessons: true,
    operations: [socket, listSockets, getSocket, bind, getSockName],
  },
  {
    name: 'connection',
    description: 'From listen and connect to a stream with two ends.',
    inLessons: true,
    operations: [listen, connect, conditionalAccept, accept, getPeerName, duplicate],
  },
  {
    name: 'transfer',
    description: 'Bytes of a stream, then datagrams.',
    inLessons: true,
    operations: [send, recv, sendTo, recvFrom, sendMsg, recvMsg],
  },
  {
    name: 'waiting',
    description: 'For many sockets at once, or for network events.',
    inLessons: true,
    operations: [select, poll, eventSelect, enumNetworkEvents],
  },
  {
    name: 'options',
    description: 'Socket options, and the controls of WSAIoctl.',
    inLessons: true,
    operations: [setSockOpt, getSockOpt, ioctl],
  },
  { name: 'resolver', description: 'Names and addresses.', operations: [getAddrInfo, getNameInfo] },
  {
    name: 'faults',
    description: 'Failures on demand.',
    inLessons: true,
    operations: [armFault, listFaults, getFault, removeFault],
  },
  {
    name: 'relay',
    description: 'Connections of programs that nobody may change, and the end of all faults and relays.',
    operations: [startRelay, listRelays, getRelay, updateRelay, endRelay, resetSession],
  },
  {
    name: 'lab',
    description: 'The network in memory.',
    inLessons: true,
    operations: [setLabLink, advanceLabClock],
  },
  {
    name: 'journal',
    description: 'What has happened, and events as they happen.',
    inLessons: true,
    operations: [getSocketJournal, getSessionJournal],
  },
  {
    name: 'end',
    description:
      'The ends of a direction, of a connection, of a socket, of a session: four different things.',
    inLessons: true,
    operations: [shutdown, sendDisconnect, recvDisconnect, cancel, close, cleanup, endSession],
  },
];

/** All operations, in the order of the chapters. */
export const OPERATIONS: readonly AnyOperation[] = CHAPTERS.flatMap(({ operations }) => operations);

declareFaultable(OPERATIONS.filter(canFault));
