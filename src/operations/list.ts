import { accept } from './accept.js';
import { advanceLabClock } from './advance-lab-clock.js';
import { armFault } from './arm-fault.js';
import { bind } from './bind.js';
import { cancel } from './cancel.js';
import { cleanup } from './cleanup.js';
import { close } from './close.js';
import { conditionalAccept } from './conditional-accept.js';
import { connect } from './connect.js';
import { duplicate } from './duplicate.js';
import { endSession } from './end-session.js';
import { enumNetworkEvents } from './enum-network-events.js';
import { enumProtocols } from './enum-protocols.js';
import { eventSelect } from './event-select.js';
import { getAddrInfo } from './get-addr-info.js';
import { getFault } from './get-fault.js';
import { getLastError } from './get-last-error.js';
import { getNameInfo } from './get-name-info.js';
import { getPeerName } from './get-peer-name.js';
import { getSession } from './get-session.js';
import { getSessionJournal } from './get-session-journal.js';
import { getSockName } from './get-sock-name.js';
import { getSockOpt } from './get-sock-opt.js';
import { getSocket } from './get-socket.js';
import { getSocketJournal } from './get-socket-journal.js';
import { ioctl } from './ioctl.js';
import { listFaults } from './list-faults.js';
import { listSessions } from './list-sessions.js';
import { listSockets } from './list-sockets.js';
import { listen } from './listen.js';
import type { AnyOperation } from './operation.js';
import { poll } from './poll.js';
import { recv } from './recv.js';
import { recvDisconnect } from './recv-disconnect.js';
import { recvFrom } from './recv-from.js';
import { removeFault } from './remove-fault.js';
import { renewSession } from './renew-session.js';
import { select } from './select.js';
import { send } from './send.js';
import { sendDisconnect } from './send-disconnect.js';
import { sendTo } from './send-to.js';
import { setLabLink } from './set-lab-link.js';
import { setLastError } from './set-last-error.js';
import { setSockOpt } from './set-sock-opt.js';
import { shutdown } from './shutdown.js';
import { socket } from './socket.js';
import { startup } from './startup.js';

/** Every operation, in the order of the documentation. Adding a Winsock call adds its file and one line here. */
export const OPERATIONS: readonly AnyOperation[] = [
  startup,
  cleanup,
  listSessions,
  getSession,
  renewSession,
  endSession,
  getLastError,
  setLastError,
  enumProtocols,
  getAddrInfo,
  getNameInfo,
  socket,
  listSockets,
  getSocket,
  bind,
  listen,
  accept,
  conditionalAccept,
  connect,
  send,
  recv,
  sendTo,
  recvFrom,
  shutdown,
  sendDisconnect,
  recvDisconnect,
  close,
  cancel,
  getSockName,
  getPeerName,
  getSockOpt,
  setSockOpt,
  ioctl,
  armFault,
  listFaults,
  getFault,
  removeFault,
  setLabLink,
  advanceLabClock,
  select,
  poll,
  eventSelect,
  enumNetworkEvents,
  duplicate,
  getSessionJournal,
  getSocketJournal,
];
