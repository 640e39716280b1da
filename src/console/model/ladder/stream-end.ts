/** What one end of a connection has done, collected from its calls. */
import type { Entry, SocketAddress } from '../types.js';
import { isName, networkOf } from './addresses.js';
import type { Point } from './arrow.js';
import { effectOf, isSend, isUrgent, member, parameter, takes, wentBack } from './effects.js';
import type { CallRow, Participant } from './ladder-types.js';

/** A call that moved bytes of a stream. */
export interface Move extends Point {
  readonly row: CallRow;
  readonly bytes: number;
}

/** A socket, with all ids that are duplicates of it. */
export class StreamEnd {
  readonly network: string;
  readonly isLab: boolean;
  /** The column of the socket itself. */
  readonly column: number;
  localAddress: SocketAddress | undefined;
  remoteAddress: SocketAddress | undefined;
  /** The calls that began a connect; the last one may have made the connection. */
  readonly attempts: (Point & { readonly row: CallRow })[] = [];
  accepted: (Point & { readonly row: CallRow; readonly listenedAt: number }) | undefined;
  /** The row of the last listen. */
  listenedAt: number | undefined;
  isEstablished: boolean;
  /** With urgent data: its last byte is not part of the stream, unless the receiver reads it inline. */
  readonly sends: Move[] = [];
  /** Those that took bytes of the stream. */
  readonly receives: Move[] = [];
  readonly urgentReceives: Move[] = [];
  /** The call that ended its sending side. */
  finished: Point | undefined;
  disconnectDataSent: Point | undefined;
  /** The receive that saw the end of the peer. */
  sawEnd: Point | undefined;
  /** The recvDisconnect after it. */
  fetchedDisconnectData: Point | undefined;
  /** The call that ended the socket, and so its part of the connection. */
  closed: Point | undefined;
  /** The call that reset the connection from this side. */
  aborted: Point | undefined;
  /** The first call that failed because the peer had reset the connection. */
  sawReset: Point | undefined;
  /** SO_LINGER with a time of 0: close resets the connection. */
  closesByReset = false;
  readsUrgentInline = false;
  openIds = 1;

  constructor(of: Participant, column: number) {
    this.network = networkOf(of);
    this.isLab = of.provider === 'lab';
    this.column = column;
    this.localAddress = of.localAddress;
    this.remoteAddress = of.remoteAddress;
    this.isEstablished = isName(of.remoteAddress);
  }

  /** The call that began the connection; undefined if the calls do not have it. */
  get opened(): Point | undefined {
    return this.accepted ?? this.attempts.at(-1);
  }
}

const LOST = ['WSAECONNRESET', 'WSAENETRESET', 'WSAECONNABORTED'];

/** Codes of a connect that the system tried. */
const TRIED = ['WSAECONNREFUSED', 'WSAETIMEDOUT', 'WSAECONNRESET'];

/** What a call on the socket did. */
export const noteCall = (end: StreamEnd, at: Point & { readonly row: CallRow }): void => {
  const { entry } = at.row;
  const how = effectOf(entry);
  const isAccept = entry.operation === 'accept' || entry.operation === 'conditionalAccept';
  if (how === 'reset') end.aborted ??= at;
  if (entry.stateAfter === 'connected') end.isEstablished = true;
  if (isAccept) noteListener(end, entry);
  else if (entry.operation === 'connect') noteConnect(end, at, how);
  else if (how === 'failed' && LOST.includes(entry.name ?? '') && entry.stateBefore !== 'listening')
    end.sawReset ??= at;
  noteBytes(end, at, how);
  if (how === 'done') noteDone(end, at);
};

/** The addresses of an accept are those of the connection; a listener without a name has its port. */
const noteListener = (end: StreamEnd, { localAddress }: Entry): void => {
  if (!isName(end.localAddress)) end.localAddress = localAddress;
};

const noteConnect = (
  end: StreamEnd,
  at: Point & { readonly row: CallRow },
  how: ReturnType<typeof effectOf>,
): void => {
  const { localAddress, remoteAddress, stateBefore, stateAfter, name = '' } = at.row.entry;
  const isUnderWay = stateAfter === 'connecting';
  const wasTried = how === 'done' || (how === 'failed' && (isUnderWay || TRIED.includes(name)));
  if (!wasTried) return;
  if (isName(localAddress)) end.localAddress = localAddress;
  if (how === 'done') end.isEstablished = true;
  // A connect to a pending attempt waits for that attempt.
  if (stateBefore === 'connecting' || stateBefore === 'connected') return;
  if (remoteAddress) end.remoteAddress = remoteAddress;
  end.attempts.push(at);
};

const noteBytes = (
  end: StreamEnd,
  { column, row }: Point & { readonly row: CallRow },
  how: ReturnType<typeof effectOf>,
): void => {
  const { entry } = row;
  // A fault may replace the answer of a send whose bytes are on their way.
  const { bytesSent = 0, bytesReceived = 0 } = entry;
  if (isSend(entry) && bytesSent > 0 && how !== 'nothing') end.sends.push({ column, row, bytes: bytesSent });
  if (takes(entry) && bytesReceived > 0) {
    const receives = isUrgent(entry) ? end.urgentReceives : end.receives;
    receives.push({ column, row, bytes: bytesReceived });
  }
};

const noteDone = (end: StreamEnd, at: Point & { readonly row: CallRow }): void => {
  const { entry } = at.row;
  if (takes(entry) && entry.eof) end.sawEnd ??= at;
  switch (entry.operation) {
    case 'listen':
      end.listenedAt = at.row.index;
      break;
    case 'bind':
      noteBound(end, parameter(entry, 'address'));
      break;
    case 'shutdown':
      if (parameter(entry, 'how') !== 'SD_RECEIVE') end.finished ??= at;
      break;
    case 'sendDisconnect':
      end.finished ??= at;
      if (parameter(entry, 'disconnectData') !== undefined) end.disconnectDataSent ??= at;
      break;
    case 'recvDisconnect':
      if (end.sawEnd && !wentBack(entry)) end.fetchedDisconnectData ??= at;
      break;
    case 'setSockOpt':
      noteOption(end, entry);
      break;
  }
};

/** A bind to port 0 does not tell the port. */
const noteBound = (end: StreamEnd, address: unknown): void => {
  const bound = { family: member(address, 'family'), port: member(address, 'port') };
  if (bound.family !== 'AF_UNIX' && !(typeof bound.port === 'number' && bound.port > 0)) return;
  // The schema has checked the parameters of a call that was made.
  end.localAddress ??= address as SocketAddress;
};

const noteOption = (end: StreamEnd, entry: Entry): void => {
  const value = parameter(entry, 'value');
  const linger = member(value, 'linger');
  switch (parameter(entry, 'name')) {
    case 'SO_LINGER':
      end.closesByReset = member(linger, 'onoff') === true && member(linger, 'linger') === 0;
      break;
    case 'SO_DONTLINGER':
      if (member(value, 'boolean') === true) end.closesByReset = false;
      break;
    case 'SO_OOBINLINE':
      end.readsUrgentInline = member(value, 'boolean') === true;
      break;
  }
};
