import type { Accepted } from '../providers/provider.js';
import { done, type Outcome, ok } from '../winsock/outcome.js';
import { isStreamEntry } from '../winsock/protocol-info.js';
import type { Answer } from './answers/answer.js';
import { refuse } from './answers/refusals.js';
import type { Call, EndReason } from './calls/call.js';
import type { Later } from './faults/call-faults.js';
import type { Ids } from './ids/ids.js';
import { type IdEndReason, type Tombstone, Tombstones } from './ids/tombstones.js';
import type { ByteAccounts } from './memory/byte-account.js';
import type { ChosenEntry } from './sessions/protocol-catalog.js';
import type { Session } from './sessions/session.js';
import { lingeringClose, lingerOf } from './sockets/lingering-close.js';
import { Socket, type SocketParts } from './sockets/socket.js';
import { type LingerEnd, SocketEnd } from './sockets/socket-end.js';
import { UnderlyingSocket } from './sockets/underlying-socket.js';
import type { Clock } from './waiting/clock.js';
import type { Turns } from './waiting/turns.js';

/** How the native handle is closed: as SO_LINGER says, gracefully without waiting, or by a reset. */
export type CloseManner = 'linger' | 'graceful' | 'abort';

const ENDS: Readonly<Record<IdEndReason, { readonly waits: EndReason; readonly manner: CloseManner }>> = {
  closed: { waits: 'close', manner: 'linger' },
  'relay-reset': { waits: 'close', manner: 'abort' },
  cleanup: { waits: 'cleanup', manner: 'graceful' },
  'session-ended': { waits: 'sessionEnded', manner: 'graceful' },
  'lease-expired': { waits: 'sessionEnded', manner: 'abort' },
  'connection-lost': { waits: 'sessionEnded', manner: 'abort' },
};

export interface SocketTableOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  /** Spreads the closing of handles over event loop turns: any number of sockets may end at once. */
  readonly turns: Turns;
  readonly bytes: ByteAccounts;
  readonly socketsPerOwner: number;
  readonly tombstones: number;
}

/** Every socket that has a handle, by its id, and the only code that ends a socket. */
export class SocketTable {
  readonly #clock: Clock;
  readonly #ids: Ids;
  readonly #turns: Turns;
  readonly #bytes: ByteAccounts;
  readonly #perOwner: number;
  /**
   * Contains a socket from its opening until its handle is closed. Once its end has begun, it has an
   * `ending`.
   */
  readonly #sockets = new Map<string, Socket>();
  /** The sockets whose end has not begun. */
  readonly #live = new Map<Session, Set<Socket>>();
  readonly #owned = new Map<string, number>();
  readonly #tombstones: Tombstones;

  constructor(options: SocketTableOptions) {
    this.#clock = options.clock;
    this.#ids = options.ids;
    this.#turns = options.turns;
    this.#bytes = options.bytes;
    this.#perOwner = options.socketsPerOwner;
    this.#tombstones = new Tombstones(options.tombstones);
  }

  /** Live sockets of all owners. */
  get size(): number {
    let live = 0;
    for (const sockets of this.#live.values()) live += sockets.size;
    return live;
  }

  /** The live sockets of a session, the oldest first. */
  of(session: Session): readonly Socket[] {
    return [...(this.#live.get(session) ?? [])];
  }

  countOf(session: Session): number {
    return this.#live.get(session)?.size ?? 0;
  }

  find(id: string): Socket | undefined {
    const socket = this.#sockets.get(id);
    return socket?.ending ? undefined : socket;
  }

  /** The socket, live or with its close in progress, for a repeated close. */
  findClosing(id: string): Socket | undefined {
    return this.#sockets.get(id);
  }

  tombstone(owner: string, id: string): Tombstone | undefined {
    return this.#tombstones.of(owner, id);
  }

  /** The refusal, if the owner may open no more sockets. */
  overQuota(owner: string): Answer<never> | undefined {
    if (this.roomOf(owner) > 0) return undefined;
    return refuse('quota', 'The owner has as many sockets as limits.socketsPerOwner allows; close some.');
  }

  /** How many more sockets the owner may open. */
  roomOf(owner: string): number {
    return this.#perOwner - (this.#owned.get(owner) ?? 0);
  }

  /** Opens a socket of the chosen entry. Check overQuota first. */
  open(session: Session, choice: ChosenEntry): Outcome<Socket> {
    const { provider, entry, protocol } = choice;
    const handle = provider.socket(entry, protocol);
    if (!handle.ok) return handle;
    const account = this.#bytes.of(session.owner);
    const underlying = new UnderlyingSocket(isStreamEntry(entry), 'fresh', account);
    return ok(
      this.#add({
        session,
        providerSession: session,
        entry,
        protocol,
        provider,
        handle: handle.value,
        underlying,
      }),
    );
  }

  /** A second id and handle of the same socket. Check overQuota first. @param session of the same owner */
  duplicate(socket: Socket, session: Session): Outcome<Socket> {
    const { providerSession, entry, protocol, underlying } = socket;
    return socket.use((provider, s) => {
      const handle = provider.duplicate(s);
      if (!handle.ok) return handle;
      const second = this.#add({
        session,
        providerSession,
        entry,
        protocol,
        provider,
        handle: handle.value,
        underlying,
      });
      second.journal.captureBytes = socket.journal.captureBytes;
      second.journal.localAddress = socket.journal.localAddress;
      second.journal.remoteAddress = socket.journal.remoteAddress;
      return ok(second);
    });
  }

  /** Makes a socket of an accepted connection. It inherits what the daemon itself keeps for the listener. */
  adopt(listener: Socket, accepted: Accepted): Socket {
    const { session, providerSession, entry, protocol } = listener;
    const account = this.#bytes.of(session.owner);
    const underlying = new UnderlyingSocket(listener.isStream, 'connected', account);
    const socket = listener.use((provider) =>
      this.#add({ session, providerSession, entry, protocol, provider, handle: accepted.handle, underlying }),
    );
    socket.nonBlocking = listener.nonBlocking;
    Object.assign(socket.timeouts, listener.timeouts);
    // It inherits the selection too: accept, Remarks. enumNetworkEvents reports a failure.
    if (listener.selection) socket.selectEvents(listener.selection.mask);
    socket.journal.captureBytes = listener.journal.captureBytes;
    return socket;
  }

  /**
   * Undoes adopt, as if accept had not happened: the next accept takes the connection. If the listener has
   * been closed since, the connection is reset, as closing resets queued connections. If a client has found
   * the socket in a list and used it, it stays.
   */
  undoAdopt(listener: Socket, socket: Socket, accepted: Accepted): void {
    if (socket.ending || socket.calls.wereAny) return;
    const ending = this.#beginEnd(socket);
    socket.session.journal.discard(socket.journal);
    socket.underlying.release(socket);
    if (listener.underlying.ids.length === 0) listener.use((provider) => provider.abort(accepted.handle));
    else listener.inbound.putBackAccept(accepted);
    this.#finishEnd(socket, ending, done);
  }

  /**
   * Ends a socket. Its id and its waits end at once, its native handle when no call works on it and, for
   * `closed`, when SO_LINGER allows. A socket ends once: the first reason counts, and a later call returns
   * the same SocketEnd, because the handle may belong to another socket by then.
   *
   * @param later a fault lets the close of a connection reach the system later; the end of the session makes
   *   it at once
   */
  end(socket: Socket, reason: IdEndReason, later?: Later): SocketEnd {
    if (socket.ending) return socket.ending;
    const ending = this.#beginEnd(socket);
    const { waits, manner } = ENDS[reason];
    const { owner, id: sessionId } = socket.session;
    this.#tombstones.add(owner, socket.id, { reason, sessionId });
    socket.session.journal.socketEnded(socket.journal, reason, this.#clock.now());
    socket.calls.end(waits);
    const idle = socket.calls.whenIdle();
    const release = (): void => {
      this.#release(socket, manner, ending, later);
    };
    if (idle) void idle.then(release);
    else this.#turns.run(owner, release);
    return ending;
  }

  /**
   * closesocket's one refusal: a non-blocking socket that would have to linger stays open. A pump waits.
   *
   * @see https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-closesocket
   */
  closeWouldBlock(socket: Socket, call: Pick<Call, 'isNonBlockingOn'>): boolean {
    if (!call.isNonBlockingOn(socket) || socket.state !== 'connected' || socket.isShared) return false;
    const { onoff, linger } = lingerOf(socket);
    const unsent = socket.use((provider, s) => provider.unsent(s));
    // An undefined value means that the system does not know: there may be unsent bytes.
    return onoff && linger > 0 && unsent.ok && unsent.value !== 0;
  }

  /** Ends the lingering closes of a session: none outlives its session. */
  endLingering(session: Session, how: LingerEnd): void {
    for (const socket of this.#sockets.values()) {
      if (socket.session === session) socket.ending?.endLinger(how);
    }
  }

  /** Makes the closes that faults delay. @param of those of one session; absent: of all */
  endDelays(of?: Session): void {
    for (const { session, ending } of this.#sockets.values()) {
      if (of === undefined || session === of) ending?.endDelay();
    }
  }

  /** The closes in progress. */
  closings(): readonly SocketEnd[] {
    return [...this.#sockets.values()].flatMap(({ ending }) => ending ?? []);
  }

  #release(socket: Socket, manner: CloseManner, ending: SocketEnd, later?: Later): void {
    const settle = (outcome: Outcome<void>): void => this.#finishEnd(socket, ending, outcome);
    // The state of the underlying socket: that of the id is `closed` already.
    const wasConnected = socket.underlying.state === 'connected';
    const isLast = socket.underlying.release(socket);
    if (socket.resetBy !== undefined) {
      settle(socket.abort());
      return;
    }
    if (!isLast) {
      // Another id shares the socket, so the connection stays.
      settle(socket.use((provider, s) => provider.close(s)));
      return;
    }
    socket.inbound.abortAccepts(socket);
    const close = (as: CloseManner): void => this.#closeLast(socket, as, wasConnected, ending, settle);
    if (!later || !wasConnected || !socket.isStream) {
      close(manner);
      return;
    }
    let isOver = false;
    const end = (as: CloseManner): void => {
      timer.clear();
      if (!isOver) close(as);
      isOver = true;
    };
    const timer = later.clock.setTimeout(later.ms, () => end(manner));
    ending.beginDelay((how) => {
      if (how === undefined) end(manner);
      else end(how === 'abort' ? 'abort' : 'graceful');
    });
  }

  #closeLast(
    socket: Socket,
    manner: CloseManner,
    wasConnected: boolean,
    ending: SocketEnd,
    settle: (outcome: Outcome<void>) => void,
  ): void {
    const linger = manner === 'abort' ? { onoff: false, linger: 0 } : lingerOf(socket);
    const reset = socket.isStream && (manner === 'abort' || (linger.onoff && linger.linger === 0));
    socket.underlying.settleEnd(reset ? 'abort' : 'close');
    if (reset || !linger.onoff || manner !== 'linger' || !wasConnected) {
      settle(socket.closeLastHandle(reset ? 'abort' : 'close'));
      return;
    }
    ending.beginLinger(lingeringClose(socket, linger.linger, this.#clock, settle));
  }

  #add(parts: SocketParts): Socket {
    const { session, providerSession } = parts;
    const id = this.#ids.socket();
    const number = ++session.socketsOpened;
    const socket = new Socket(id, number, this.#clock.wall(), parts);
    this.#sockets.set(id, socket);
    const live = this.#live.get(session);
    if (live) live.add(socket);
    else this.#live.set(session, new Set([socket]));
    providerSession.providerUsers.add(socket);
    this.#owned.set(session.owner, (this.#owned.get(session.owner) ?? 0) + 1);
    return socket;
  }

  /** From here on the id no longer names a socket. */
  #beginEnd(socket: Socket): SocketEnd {
    const ending = new SocketEnd();
    socket.beginEnd(ending);
    const live = this.#live.get(socket.session);
    live?.delete(socket);
    if (live?.size === 0) this.#live.delete(socket.session);
    socket.session.faults.removeOfSocket(socket.id);
    return ending;
  }

  /** The handle is closed, and its number may be reused: the socket no longer counts for the quota. */
  #finishEnd(socket: Socket, ending: SocketEnd, outcome: Outcome<void>): void {
    this.#sockets.delete(socket.id);
    if (socket.underlying.ids.length === 0) socket.inbound.end();
    const { owner } = socket.session;
    const left = (this.#owned.get(owner) ?? 1) - 1;
    if (left > 0) this.#owned.set(owner, left);
    else this.#owned.delete(owner);
    socket.providerSession.providerUsers.delete(socket);
    ending.settle(outcome);
  }
}
