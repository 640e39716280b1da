import { type Answer, isRefusal } from '../../daemon/answers/answer.js';
import type { Call } from '../../daemon/calls/call.js';
import type { Daemon } from '../../daemon/daemon.js';
import type { JournalEntry } from '../../daemon/journal/journal-entry.js';
import type { SocketJournal } from '../../daemon/journal/socket-journal.js';
import type { Session } from '../../daemon/sessions/session.js';
import type { Socket } from '../../daemon/sockets/socket.js';
import { isInternet, type SocketAddress } from '../../winsock/addresses.js';
import type { SocketState } from '../../winsock/socket-state.js';
import { payloadOf, withoutPayload } from '../journal/journaled-parameters.js';
import type { AnyOperation } from '../operation.js';
import type { Resolved } from './resolve-ids.js';

/** A call that has ended, as dispatch knows it. */
export interface Concluded {
  readonly op: AnyOperation;
  readonly on: Resolved;
  readonly call: Call;
  readonly params: Readonly<Record<string, unknown>>;
  readonly requestId: string;
  readonly stateBefore: SocketState | undefined;
  /** Whether the parameters are known to fit their schema: nothing else is ever recorded of them. */
  readonly validated: boolean;
}

/** What results say that the journal wants to know; each operation has some of it. */
interface Telling {
  readonly sessionId?: string;
  readonly socketId?: string;
  readonly state?: SocketState;
  readonly bytesSent?: number;
  readonly bytesReceived?: number;
  readonly data?: { readonly base64: string };
  readonly buffers?: readonly { readonly base64: string }[];
  readonly eof?: boolean;
  readonly address?: SocketAddress;
  readonly localAddress?: SocketAddress;
  readonly remoteAddress?: SocketAddress;
  readonly faultId?: string;
  readonly faultIds?: readonly string[];
  readonly offerId?: string;
}

const NOTHING: Telling = {};

/**
 * Records how a call ended, in the journals of its session and its sockets. Reads of the daemon's own are
 * left out: whoever reads a journal would fill it.
 *
 * @param now the clock's time, milliseconds
 * @returns what to run when the answer turns out not to have arrived; undefined: nothing was recorded
 */
export const recordCall = (
  daemon: Daemon,
  run: Concluded,
  answer: Answer<object>,
  now: number,
): (() => void) | undefined => {
  const { op, on, call, params } = run;
  if (op.effect === 'read' && op.winsock.length === 0) return undefined;
  // The list has forgotten the results' types; the members read here mean the same in each of them.
  const result: Telling = answer.ok ? (answer.value as Telling) : whatStays(call.faults.dropped as Telling);
  const session = on.session ?? sessionNamed(daemon, run, result);
  if (!session) return undefined;
  const { journal } = session;
  const { socket } = on;
  const ofSocket = socket?.journal ?? (on.error && journal.endedSocket(String(params.socketId)));
  const made = answer.ok ? op.created?.(answer.value as never, params as never) : undefined;
  const created = made?.kind === 'socket' ? daemon.sockets.find(made.id) : undefined;
  if (created && op.scope === 'session') created.journal.captureBytes = captureBytesOf(params);
  noteAddresses(op, socket, created, result);
  const refused = !answer.ok && isRefusal(answer);
  const cut = new Set<string>();
  const native = now - call.startedAt - call.waited;
  const entry: JournalEntry = {
    sequence: journal.nextSequence(),
    at: journal.elapsed(now),
    wall: daemon.clock.wall().getTime(),
    operation: op.name,
    requestId: run.requestId,
    socketId: ofSocket?.of.socketId,
    createdSocketId: created?.id,
    params: run.validated
      ? withoutPayload(params, ID_OF_SCOPE[op.scope], (name) => cut.add(name))
      : undefined,
    cutParams: cut.size > 0 ? [...cut] : undefined,
    outcome: answer.ok ? 'ok' : refused ? 'refused' : 'failed',
    code: answer.ok || refused ? undefined : answer.code,
    refusal: refused ? answer.refusal : undefined,
    bytesSent: result.bytesSent,
    bytesReceived: result.bytesReceived,
    eof: result.eof,
    stateBefore: run.stateBefore,
    stateAfter: socket?.state ?? (ofSocket ? 'closed' : result.state),
    nativeUs: Math.round(native * 1000),
    waitUs: Math.round(call.waited * 1000),
    faults: call.faults.ids,
    invented: call.faults.invention,
    armed: answer.ok ? armedBy(op, result) : undefined,
    offerId: result.offerId,
    localAddress: localOf(op, created?.journal ?? ofSocket),
    remoteAddress: remoteOf(op, params, result),
    data: ofSocket?.captureBytes ? captured(ofSocket, params, result) : undefined,
    undelivered: false,
  };
  journal.add(entry, ofSocket, created?.journal);
  return () => journal.undelivered(entry);
};

/** The session that startup began, or was asked to begin once more and did not, if it is the caller's. */
const sessionNamed = (
  daemon: Daemon,
  { op, call, params }: Concluded,
  { sessionId }: Telling,
): Session | undefined => {
  if (sessionId !== undefined) return daemon.sessions.peek(sessionId);
  if (op.scope !== 'daemon' || typeof params.sessionId !== 'string') return undefined;
  const named = daemon.sessions.find(call.owner, params.sessionId);
  return named.ok ? named.value : undefined;
};

/** Of a result that a fault dropped: what has happened all the same. The rest went back. */
const whatStays = (dropped: Telling = NOTHING): Telling => {
  const { bytesSent, localAddress, remoteAddress } = dropped;
  return {
    ...(bytesSent !== undefined && { bytesSent }),
    ...(localAddress && { localAddress }),
    ...(remoteAddress && { remoteAddress }),
  };
};

const armedBy = ({ name }: AnyOperation, { faultId, faultIds }: Telling): readonly string[] | undefined =>
  name === 'armFault' && faultId !== undefined ? [faultId] : faultIds;

const ID_OF_SCOPE = { daemon: '', session: 'sessionId', socket: 'socketId' } as const;

/** Calls that say between which addresses something went. */
const ADDRESSED: ReadonlySet<string> = new Set([
  'connect',
  'accept',
  'conditionalAccept',
  'sendTo',
  'recvFrom',
]);

/** Keeps the two addresses of a socket with its journal, which outlives it. */
const noteAddresses = (
  op: AnyOperation,
  socket: Socket | undefined,
  created: Socket | undefined,
  { localAddress, remoteAddress }: Telling,
): void => {
  if (!ADDRESSED.has(op.name)) return;
  const of = created ?? socket;
  if (!of) return;
  if (remoteAddress) of.journal.remoteAddress = remoteAddress;
  if (localAddress) of.journal.localAddress = localAddress;
  // Asked for once: the name of a socket that has one does not change.
  else if (!of.journal.localAddress && of.state !== 'closed') {
    const name = of.use((provider, s) => provider.getSockName(s));
    const known = name.ok && (!isInternet(name.value) || name.value.port !== 0);
    if (known) of.journal.localAddress = name.value;
  }
};

const localOf = (op: AnyOperation, of: SocketJournal | undefined): SocketAddress | undefined =>
  ADDRESSED.has(op.name) ? of?.localAddress : undefined;

const remoteOf = (
  op: AnyOperation,
  params: Readonly<Record<string, unknown>>,
  { remoteAddress, address }: Telling,
): SocketAddress | undefined => {
  if (!ADDRESSED.has(op.name)) return undefined;
  if (op.name === 'recvFrom') return address;
  // Where the result does not say, it is where the call was to go: its schema has just been checked.
  return remoteAddress ?? (params.address as SocketAddress | undefined);
};

/** What socket was asked to capture; accepted sockets have inherited it from their listener. */
const captureBytesOf = ({ capture }: { readonly capture?: unknown }): number =>
  typeof capture === 'object' && capture !== null && 'maxBytes' in capture ? Number(capture.maxBytes) : 0;

/** The first bytes that went, where the socket was opened to keep them. */
const captured = (
  { captureBytes }: SocketJournal,
  params: Readonly<Record<string, unknown>>,
  { bytesSent, data, buffers }: Telling,
): Buffer | undefined => {
  if (data) return payloadOf([data], captureBytes);
  if (buffers) return payloadOf(buffers, captureBytes);
  if (!bytesSent) return undefined;
  const given = Array.isArray(params.buffers) ? params.buffers : [params.data];
  return payloadOf(given, Math.min(bytesSent, captureBytes));
};
