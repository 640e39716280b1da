/**
 * The states of a socket as the page draws them. The daemon's state `connected` has four places for a stream,
 * by the ends of its two directions.
 */
import type { Entry, RecordedCall, SocketInfo } from './types.js';

export type SocketKind = 'stream' | 'datagram';

export type PlaceName =
  | 'fresh'
  | 'bound'
  | 'listening'
  | 'connecting'
  | 'connected'
  | 'sendEnded'
  | 'peerEnded'
  | 'bothEnded'
  | 'reset'
  | 'closed';

/** A place of the diagram. Columns and rows count from 0. */
export interface Place {
  readonly name: PlaceName;
  readonly label: string;
  /** One sentence. */
  readonly meaning: string;
  readonly column: number;
  readonly row: number;
}

/** A change of place. */
export interface Arrow {
  readonly from: PlaceName;
  readonly to: PlaceName;
  /** The operations whose success makes the change, with the parameter that matters. */
  readonly calls: readonly string[];
  /** What happens without a call, or what the call meets. */
  readonly event?: string;
  /** It leads to another socket: accept opens it, and the listener stays where it is. */
  readonly isNewSocket?: true;
}

/** A diagram. `fromEverywhere` are the changes that lead from every place to `closed`. */
export interface Diagram {
  readonly columns: number;
  readonly rows: number;
  readonly places: readonly Place[];
  readonly arrows: readonly Arrow[];
  readonly fromEverywhere: Omit<Arrow, 'from'>;
}

const CLOSES: Omit<Arrow, 'from'> = {
  to: 'closed',
  calls: ['close', 'cleanup', 'endSession'],
  event: 'the lease of the session runs out',
};

const SEND_ENDS: readonly string[] = ['sendDisconnect', 'shutdown SD_SEND', 'shutdown SD_BOTH'];
const PEER_ENDS = { calls: ['recv'], event: "the end of the peer's stream is received" } as const;
const RESETS = { calls: [], event: 'a reset arrives, and a call meets it' } as const;
const CONNECT_FAILS = { calls: [], event: 'the connect fails' } as const;

const place = (name: PlaceName, label: string, [column, row]: [number, number], meaning: string): Place => ({
  name,
  label,
  meaning,
  column,
  row,
});

const STREAM: Diagram = {
  columns: 6,
  rows: 4,
  places: [
    place('fresh', 'fresh', [0, 1], 'The socket is open and has no address yet.'),
    place('bound', 'bound', [1, 1], 'It has a local address, but no peer.'),
    place('listening', 'listening', [2, 0], 'It takes connections; accept opens a socket for each.'),
    place('connecting', 'connecting', [2, 2], 'A connect has begun and has no result yet.'),
    place('connected', 'connected', [3, 1], 'Bytes can go both ways.'),
    place('sendEnded', 'we ended', [4, 0], 'We have ended our stream; the peer may still send.'),
    place('peerEnded', 'peer ended', [4, 2], 'The peer has ended its stream; we may still send.'),
    place('bothEnded', 'both ended', [5, 1], 'Both streams have ended; only close is left.'),
    place('reset', 'reset', [3, 3], 'The connection was reset: bytes under way may be lost.'),
    place('closed', 'closed', [5, 3], 'The socket has ended, and its id stays unused.'),
  ],
  arrows: [
    { from: 'fresh', to: 'bound', calls: ['bind'] },
    { from: 'bound', to: 'listening', calls: ['listen'] },
    { from: 'fresh', to: 'connecting', calls: ['connect'] },
    { from: 'bound', to: 'connecting', calls: ['connect'] },
    { from: 'connecting', to: 'fresh', ...CONNECT_FAILS },
    { from: 'connecting', to: 'bound', ...CONNECT_FAILS },
    { from: 'connecting', to: 'connected', calls: [], event: 'the connection is made' },
    { from: 'listening', to: 'connected', calls: ['accept', 'conditionalAccept'], isNewSocket: true },
    { from: 'connected', to: 'sendEnded', calls: SEND_ENDS },
    { from: 'peerEnded', to: 'bothEnded', calls: SEND_ENDS },
    { from: 'connected', to: 'peerEnded', ...PEER_ENDS },
    { from: 'sendEnded', to: 'bothEnded', ...PEER_ENDS },
    { from: 'connected', to: 'reset', ...RESETS },
    { from: 'sendEnded', to: 'reset', ...RESETS },
    { from: 'peerEnded', to: 'reset', ...RESETS },
  ],
  fromEverywhere: CLOSES,
};

const DATAGRAM: Diagram = {
  columns: 3,
  rows: 2,
  places: [
    place('fresh', 'fresh', [0, 0], 'The socket is open and has no address yet.'),
    place('bound', 'bound', [1, 0], 'It has a local address, and receives datagrams of any sender.'),
    place(
      'connected',
      'default peer',
      [2, 0],
      'It has a default peer: send goes there, recv takes only from it.',
    ),
    place('closed', 'closed', [2, 1], 'The socket has ended, and its id stays unused.'),
  ],
  arrows: [
    { from: 'fresh', to: 'bound', calls: ['bind', 'sendTo', 'sendMsg'] },
    { from: 'fresh', to: 'connected', calls: ['connect'] },
    { from: 'bound', to: 'connected', calls: ['connect'] },
    { from: 'connected', to: 'bound', calls: ['connect'], event: 'the address 0 removes the default peer' },
  ],
  fromEverywhere: CLOSES,
};

export const DIAGRAMS: Readonly<Record<SocketKind, Diagram>> = { stream: STREAM, datagram: DATAGRAM };

export const kindOf = ({ type }: Pick<SocketInfo, 'type'>): SocketKind =>
  type === 'SOCK_STREAM' ? 'stream' : 'datagram';

/** The place of a socket now. Of a socket that has ended, the page keeps the state `closed`. */
export const placeOf = (
  socket: Pick<SocketInfo, 'type' | 'state' | 'sendShutdown' | 'peerClosed'>,
): PlaceName => placeIn(kindOf(socket), socket);

type Ends = Pick<SocketInfo, 'state' | 'sendShutdown' | 'peerClosed'>;

/** shutdown of a datagram socket ends no stream: it stays where it is. */
const placeIn = (kind: SocketKind, { state, sendShutdown, peerClosed }: Ends): PlaceName => {
  if (state !== 'connected' || kind === 'datagram') return state;
  if (sendShutdown) return peerClosed ? 'bothEnded' : 'sendEnded';
  return peerClosed ? 'peerEnded' : 'connected';
};

/** A place where the socket has been, and the entry that shows it. */
export interface WayStep {
  readonly place: PlaceName;
  readonly because: Entry;
}

/**
 * The places where a socket has been, as far as the journal knows them, each once in a row. Calls that end
 * every socket of a session, such as cleanup, are not among them: their entries name no socket.
 *
 * @param calls in the order in which they ended
 */
export const wayOf = (
  calls: readonly RecordedCall[],
  socketId: string,
  kind: SocketKind = 'stream',
): readonly WayStep[] => {
  const way: WayStep[] = [];
  let known: Partial<Ends> = {};
  let lastEndMs = Number.NEGATIVE_INFINITY;
  const learn = (news: Partial<Ends>, because: Entry): void => {
    known = { ...known, ...news };
    const { state, sendShutdown = false, peerClosed = false } = known;
    if (state === undefined) return;
    const name = placeIn(kind, { state, sendShutdown, peerClosed });
    if (way.at(-1)?.place !== name) way.push({ place: name, because });
  };
  for (const { entry, endMs } of calls) {
    const state = stateAfter(entry, socketId);
    if (state === undefined) continue;
    const beganMs = endMs - (entry.nativeUs + entry.waitUs) / 1000;
    // What a call found when it began is news only if no other call has ended since.
    const isFirstToSee = entry.socketId === socketId && beganMs >= lastEndMs;
    if (isFirstToSee && entry.stateBefore !== undefined) learn({ state: entry.stateBefore }, entry);
    learn({ state, ...(entry.socketId === socketId && endsSeen(entry)) }, entry);
    lastEndMs = endMs;
  }
  return way;
};

/** The state of the socket after a call; undefined if the call is of other sockets. */
const stateAfter = (entry: Entry, socketId: string): SocketInfo['state'] | undefined => {
  if (entry.socketId === socketId) return entry.stateAfter;
  if (entry.createdSocketId !== socketId) return undefined;
  // The states of an accept are the listener's. Those of a duplicate are of one socket with two ids.
  const isAccepted = entry.operation === 'accept' || entry.operation === 'conditionalAccept';
  return isAccepted ? 'connected' : entry.stateAfter;
};

/** The ends of streams that an entry shows. A fault can answer a failure though the call was made. */
const endsSeen = (entry: Entry): Partial<Ends> => {
  const { operation, outcome, invented, parameters, eof, undelivered, collected } = entry;
  const wasMade = invented === undefined ? outcome === 'ok' : invented.realCode === 0;
  const ends =
    operation === 'sendDisconnect' || (operation === 'shutdown' && parameters?.how !== 'SD_RECEIVE');
  const wentBack = undelivered === true && collected !== true;
  return {
    ...(wasMade && ends && { sendShutdown: true }),
    ...(eof === true && !wentBack && { peerClosed: true }),
  };
};
