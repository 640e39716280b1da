/** Arrows of datagrams. */
import type { SocketAddress } from '../types.js';
import { isName, networkOf } from './addresses.js';
import { arrivalOf, arrowOf, type Point } from './arrow.js';
import type { Columns } from './columns.js';
import { match } from './datagram-match.js';
import { effectOf, isSend, parameter, takes } from './effects.js';
import type { Arrow, CallRow, Participant, Row } from './ladder-types.js';
import { byteCount } from './row-label.js';
import { isCall } from './rows.js';

/** A datagram that a call sent or received. */
interface Datagram extends Point {
  readonly row: CallRow;
  readonly bytes: number;
}

/** The datagrams from one socket to another. */
interface Flow {
  readonly sent: Datagram[];
  readonly received: Datagram[];
}

/** A datagram socket and the peer that connect set last. */
interface End {
  readonly column: number;
  readonly network: string;
  peer: SocketAddress | undefined;
  /** Whether its own address is known. */
  isNamed: boolean;
}

/** The arrows of all datagrams of the chosen sockets. */
export function* datagramArrows(
  sockets: readonly Participant[],
  rows: readonly Row[],
  columns: Columns,
): Generator<Arrow> {
  const ends = endsOf(sockets, rows, columns);
  const flows = new Map<string, Flow>();
  const flowOf = (from: number, to: number): Flow => {
    const key = `${from} ${to}`;
    const flow = flows.get(key) ?? { sent: [], received: [] };
    flows.set(key, flow);
    return flow;
  };
  /** Sockets that took datagrams without saying whose. */
  const ofUnknownSender = new Set<number>();
  const isChosen = (column: number): boolean => column < sockets.length;
  const ofLab = sockets.filter(({ provider }) => provider === 'lab');
  const networks = new Map(ofLab.map((socket) => [socket.sessionId, networkOf(socket)]));
  const cut = new Set<string>();
  for (const row of rows) {
    if (!isCall(row)) continue;
    noteLink(row, networks.get(row.sessionId) ?? '', cut);
    const end = ends.get(row.entry.socketId ?? '');
    if (!end) continue;
    notePeer(end, row);
    const { entry, index } = row;
    const remote = entry.remoteAddress ?? end.peer;
    if (!isName(remote)) {
      if (takes(entry)) ofUnknownSender.add(end.column);
      continue;
    }
    const { column } = end;
    const other = columns.ownerAt(end.network, remote, index) ?? columns.foreign(end.network, remote);
    if (isSend(entry) && entry.bytesSent !== undefined) {
      const sent = { column, row, bytes: entry.bytesSent };
      // The network has lost it, or what became of it is not known.
      const isLost = effectOf(entry) !== 'done' || cut.has(end.network);
      if (isLost || !isChosen(other)) yield unseen(sent, other);
      else flowOf(column, other).sent.push(sent);
    } else if (takes(entry) && entry.bytesReceived !== undefined) {
      const received = { column, row, bytes: entry.bytesReceived };
      if (isChosen(other)) flowOf(other, column).received.push(received);
      else yield arrival(received, other);
    }
  }
  const mayLose = rows.some(losesDatagrams);
  for (const [key, flow] of flows) {
    const [from = 0, to = 0] = key.split(' ').map(Number);
    yield* flowArrows(flow, from, to, mayLose || ofUnknownSender.has(to));
  }
}

const endsOf = (
  sockets: readonly Participant[],
  rows: readonly Row[],
  columns: Columns,
): Map<string, End> => {
  const ends = new Map<string, End>();
  sockets.forEach((socket, column) => {
    if (socket.type !== 'SOCK_DGRAM') return;
    const { socketId, localAddress, remoteAddress } = socket;
    const isNamed = isName(localAddress);
    const end = { column, network: networkOf(socket), peer: remoteAddress, isNamed };
    ends.set(socketId, end);
    columns.own(end.network, localAddress, column);
  });
  for (const { entry } of rows) {
    const end = ends.get(entry?.socketId ?? '');
    if (!entry || !end) continue;
    // A socket that has a name keeps it.
    if (!end.isNamed && isName(entry.localAddress)) {
      columns.own(end.network, entry.localAddress, end.column);
      end.isNamed = true;
    }
    // The peer is known from the calls.
    if (entry.operation === 'connect') end.peer = undefined;
  }
  return ends;
};

const notePeer = (end: End, { entry }: CallRow): void => {
  if (entry.operation === 'connect' && effectOf(entry) === 'done') end.peer = entry.remoteAddress;
};

/** While the link of a network is partitioned, datagrams vanish. */
const noteLink = ({ entry }: CallRow, network: string, cut: Set<string>): void => {
  if (entry.operation !== 'setLabLink' || entry.outcome !== 'ok') return;
  const partition = parameter(entry, 'partition');
  if (partition === true) cut.add(network);
  else if (partition === false) cut.delete(network);
};

/** Whether a datagram may vanish after this call. */
const losesDatagrams = ({ entry }: Row): boolean => {
  if (entry?.operation !== 'setLabLink' || entry.outcome !== 'ok') return false;
  const loss = parameter(entry, 'loss');
  return parameter(entry, 'partition') === true || (typeof loss === 'number' && loss > 0);
};

const unseen = (sent: Datagram, to: number): Arrow =>
  arrowOf({
    kind: 'datagram',
    from: sent,
    to: { column: to },
    bytes: sent.bytes,
    label: byteCount(sent.bytes),
  });

const arrival = (received: Datagram, from: number): Arrow => {
  const { bytes } = received;
  return arrivalOf({ kind: 'datagram', from, to: received, bytes, label: byteCount(bytes) });
};

function* flowArrows({ sent, received }: Flow, from: number, to: number, hasGaps: boolean): Generator<Arrow> {
  const matches = match(
    sent.map(({ row }) => row),
    received.map(({ row }) => row),
    hasGaps,
  );
  const arrived = new Set<number>();
  for (const [place, receiving] of received.entries()) {
    const match = matches[place];
    const sending = match === undefined ? undefined : sent[match];
    if (match === undefined || !sending) yield arrival(receiving, from);
    else {
      arrived.add(match);
      const { bytes } = sending;
      const part = receiving.bytes < bytes ? `, ${receiving.bytes} received` : '';
      const label = `${byteCount(bytes)}${part}`;
      yield arrowOf({ kind: 'datagram', from: sending, to: receiving, bytes, label });
    }
  }
  for (const [place, sending] of sent.entries()) {
    if (!arrived.has(place)) yield unseen(sending, to);
  }
}
