import { type Answer, isRefusal } from '../../daemon/answers/answer.js';
import type { Call } from '../../daemon/calls/call.js';
import type { Daemon } from '../../daemon/daemon.js';
import type { JournalEntry } from '../../daemon/journal/journal-entry.js';
import type { SessionJournal } from '../../daemon/journal/session-journal.js';
import type { SocketJournal } from '../../daemon/journal/socket-journal.js';
import type { Session } from '../../daemon/sessions/session.js';
import type { Socket } from '../../daemon/sockets/socket.js';
import { isInternet, type SocketAddress } from '../../winsock/addresses.js';
import type { SocketState } from '../../winsock/socket-state.js';
import { type Copying, payloadOf, withoutPayload } from '../journal/journaled-parameters.js';
import { type AnyOperation, type Created, ID_OF_SCOPE, type Journaled } from '../operation.js';
import type { Resolved } from './resolve-ids.js';

/** A call that has ended, as dispatch knows it. */
export interface Concluded {
  readonly op: AnyOperation;
  readonly on: Resolved;
  readonly call: Call;
  readonly params: Readonly<Record<string, unknown>>;
  readonly requestId: string;
  readonly stateBefore: SocketState | undefined;
  /** Whether the parameters have passed their schema: others are never recorded. */
  readonly validated: boolean;
}

/** An entry, and the journal that has numbered it. */
export interface Recorded {
  readonly journal: SessionJournal;
  readonly entry: JournalEntry;
}

/** Bytes that an entry takes without its parameters: its members, ids and addresses. */
const ENTRY_BYTES = 440;

const NOTHING: Readonly<Record<string, never>> = {};

/**
 * Records how a call ended, in the journals of its session and its sockets. Reads of the daemon's own state
 * are left out: reading a journal would fill it.
 *
 * @param now the clock's time, milliseconds
 * @returns the entry, and the journal to be notified if the answer is not delivered; undefined: not recorded
 */
export const recordCall = (
  daemon: Daemon,
  run: Concluded,
  answer: Answer<object>,
  now: number,
): Recorded | undefined => {
  const { op, on, call, params } = run;
  if (op.effect === 'read' && op.winsock.length === 0) return undefined;
  // The list has no types of single operations: the handler has made the result, and the schema has passed
  // the parameters.
  const made = answer.ok ? op.created?.(answer.value as never, params as never) : undefined;
  const result = answer.ok ? answer.value : whatStays(call.faults.dropped);
  const journaled: Journaled =
    op.journal?.(result as never, (run.validated ? params : NOTHING) as never) ?? NOTHING;
  const session = on.session ?? sessionNamed(daemon, run, made);
  if (!session) return undefined;
  const { journal } = session;
  const { socket } = on;
  const ofSocket = socket?.journal ?? (on.error && journal.endedSocket(String(params.socketId)));
  const created = made?.kind === 'socket' ? daemon.sockets.find(made.id) : undefined;
  if (created && journaled.captureBytes !== undefined) created.journal.captureBytes = journaled.captureBytes;
  const ends = addressesOf(journaled, created ?? socket, created?.journal ?? ofSocket);
  const refused = !answer.ok && isRefusal(answer);
  const copying: Copying = { bytes: ENTRY_BYTES, cut: [] };
  const kept = run.validated ? withoutPayload(params, ID_OF_SCOPE[op.scope], copying) : undefined;
  const native = now - call.startedAt - call.waited;
  const entry: JournalEntry = {
    bytes: copying.bytes,
    keptIn: 0,
    sequence: journal.nextSequence(),
    at: journal.elapsed(now),
    wall: daemon.clock.wall().getTime(),
    operation: op.name,
    requestId: run.requestId,
    socketId: ofSocket?.of.socketId,
    createdSocketId: created?.id,
    params: kept,
    cutParams: copying.cut.length > 0 ? copying.cut : undefined,
    outcome: answer.ok ? 'ok' : refused ? 'refused' : 'failed',
    code: answer.ok || refused ? undefined : answer.code,
    refusal: refused ? answer.refusal : undefined,
    bytesSent: journaled.bytesSent,
    bytesReceived: journaled.bytesReceived,
    eof: journaled.eof,
    stateBefore: run.stateBefore,
    stateAfter: socket?.state ?? (ofSocket ? 'closed' : created?.state),
    nativeUs: Math.round(native * 1000),
    waitUs: Math.round(call.waited * 1000),
    faults: call.faults.ids,
    invented: call.faults.invention,
    armed: journaled.armed,
    offerId: journaled.offerId,
    localAddress: ends?.local,
    remoteAddress: ends?.remote,
    data: ofSocket?.captureBytes ? captured(ofSocket, journaled) : undefined,
    undelivered: false,
    collected: false,
  };
  journal.add(entry, ofSocket, created?.journal);
  return { journal, entry };
};

/** The session that startup began or was to begin once more, if it is the caller's. */
const sessionNamed = (
  daemon: Daemon,
  { op, call, params }: Concluded,
  made: Created | undefined,
): Session | undefined => {
  if (made?.kind === 'session') return daemon.sessions.findOfAnyOwner(made.id);
  if (op.scope !== 'daemon' || typeof params.sessionId !== 'string') return undefined;
  const named = daemon.sessions.find(call.owner, params.sessionId);
  return named.ok ? named.value : undefined;
};

/** Members of a dropped result that are true all the same. The rest went back. */
const STAYS = ['bytesSent', 'localAddress', 'remoteAddress'];

const whatStays = (dropped: object | undefined): object =>
  dropped ? Object.fromEntries(Object.entries(dropped).filter(([name]) => STAYS.includes(name))) : NOTHING;

/**
 * The addresses of a call between two addresses. Those of its socket are kept in its journal, which outlives
 * it.
 */
const addressesOf = (
  { addresses }: Journaled,
  of: Socket | undefined,
  journal: SocketJournal | undefined,
): { readonly local: SocketAddress | undefined; readonly remote: SocketAddress | undefined } | undefined => {
  if (!addresses) return undefined;
  const { local, remote, peer } = addresses;
  if (of && remote) of.journal.remoteAddress = remote;
  if (of && local) of.journal.localAddress = local;
  // Asked only once: a socket that has a name keeps it.
  else if (of && !of.journal.localAddress && of.state !== 'closed') {
    const name = of.use((provider, s) => provider.getSockName(s));
    const known = name.ok && (!isInternet(name.value) || name.value.port !== 0);
    if (known) of.journal.localAddress = name.value;
  }
  return { local: journal?.localAddress, remote: remote ?? peer };
};

/** The first bytes that were sent or received, if the socket captures. */
const captured = (
  { captureBytes }: SocketJournal,
  { payload, bytesSent = captureBytes }: Journaled,
): Buffer | undefined =>
  payload && payloadOf(Array.isArray(payload) ? payload : [payload], Math.min(bytesSent, captureBytes));
