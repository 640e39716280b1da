import type { Accepted } from '../providers/provider.js';
import { done, type Outcome, ok } from '../winsock/outcome.js';
import { isStreamEntry } from '../winsock/protocol-info.js';
import type { Answer } from './answers/answer.js';
import { refuse } from './answers/refusals.js';
import type { EndReason } from './calls/call.js';
import type { Ids } from './ids/ids.js';
import { type EndOfId, type Tombstone, Tombstones } from './ids/tombstones.js';
import type { ByteAccounts } from './memory/byte-account.js';
import type { Choice } from './sessions/protocol-catalog.js';
import type { Session } from './sessions/session.js';
import { lingeringClose, lingerOf } from './sockets/lingering-close.js';
import { Socket, type SocketParts } from './sockets/socket.js';
import { type LingerEnd, SocketEnd } from './sockets/socket-end.js';
import { UnderlyingSocket } from './sockets/underlying-socket.js';
import type { Clock } from './waiting/clock.js';
import type { Turns } from './waiting/turns.js';

/** How the native handle ends: with SO_LINGER honoured, gracefully without waiting, or by a reset. */
export type Manner = 'linger' | 'graceful' | 'abort';

const ENDS: Readonly<Record<EndOfId, { readonly waits: EndReason; readonly manner: Manner }>> = {
  closed: { waits: 'close', manner: 'linger' },
  cleanup: { waits: 'cleanup', manner: 'graceful' },
  'session-ended': { waits: 'sessionEnded', manner: 'graceful' },
  'lease-expired': { waits: 'sessionEnded', manner: 'abort' },
};

export interface SocketTableOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  /** By which handles are closed: any number of sockets may end at once. */
  readonly turns: Turns;
  readonly bytes: ByteAccounts;
  readonly socketsPerOwner: number;
  readonly tombstones: number;
}

/** Every socket that has a handle, by its id, and the one path on which a socket ends. */
export class SocketTable {
  readonly #clock: Clock;
  readonly #ids: Ids;
  readonly #turns: Turns;
  readonly #bytes: ByteAccounts;
  readonly #perOwner: number;
  /** From its opening until its handle is gone; what says that its end has begun is its `ending`. */
  readonly #sockets = new Map<string, Socket>();
  /** Those whose end has not begun. */
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

  /** The socket, live or with its close still going on, for a repeated close. */
  findClosing(id: string): Socket | undefined {
    return this.#sockets.get(id);
  }

  tombstone(owner: string, id: string): Tombstone | undefined {
    return this.#tombstones.of(owner, id);
  }

  /** The refusal, where the owner may open no more sockets. */
  overQuota(owner: string): Answer<never> | undefined {
    if ((this.#owned.get(owner) ?? 0) < this.#perOwner) return undefined;
    return refuse('quota', 'The owner has as many sockets as limits.socketsPerOwner allows; close some.');
  }

  /** Opens a socket of the chosen entry. Check overQuota first. */
  open(session: Session, choice: Choice): Outcome<Socket> {
    const { provider, entry, protocol } = choice;
    const handle = provider.socket(entry, protocol);
    if (!handle.ok) return handle;
    const account = this.#bytes.of(session.owner);
    const underlying = new UnderlyingSocket(isStreamEntry(entry), 'fresh', account);
    return ok(
      this.#add({ session, home: session, entry, protocol, provider, handle: handle.value, underlying }),
    );
  }

  /** A second id and handle of the same socket. Check overQuota first. @param session of the same owner */
  duplicate(socket: Socket, session: Session): Outcome<Socket> {
    const { home, entry, protocol, underlying } = socket;
    return socket.use((provider, s) => {
      const handle = provider.duplicate(s);
      if (!handle.ok) return handle;
      const second = this.#add({
        session,
        home,
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

  /** Takes over an accepted connection; what the daemon keeps of the listener is inherited. */
  adopt(listener: Socket, accepted: Accepted): Socket {
    const { session, home, entry, protocol } = listener;
    const account = this.#bytes.of(session.owner);
    const underlying = new UnderlyingSocket(listener.isStream, 'connected', account);
    const socket = listener.use((provider) =>
      this.#add({ session, home, entry, protocol, provider, handle: accepted.handle, underlying }),
    );
    socket.nonBlocking = listener.nonBlocking;
    Object.assign(socket.timeouts, listener.timeouts);
    // Of the selection too: accept, Remarks. A failure shows at its enumNetworkEvents.
    if (listener.selection) socket.selectEvents(listener.selection.mask);
    socket.journal.captureBytes = listener.journal.captureBytes;
    return socket;
  }

  /**
   * Undoes adopt, as if accept had not happened: the next accept takes the connection. A listener that
   * was closed meanwhile has reset what it had queued, and so this one. A socket that somebody has found
   * in a list and used is not lost: it stays.
   */
  giveBack(listener: Socket, socket: Socket, accepted: Accepted): void {
    if (socket.ending || socket.calls.wereAny) return;
    const ending = this.#begin(socket);
    socket.session.journal.discard(socket.journal);
    socket.underlying.release(socket);
    if (listener.underlying.ids.length === 0) listener.use((provider) => provider.abort(accepted.handle));
    else listener.inbound.putBackAccept(accepted);
    this.#finish(socket, ending, done);
  }

  /**
   * Ends a socket: its id at once, its waits at once, its native handle when they have let go and, for
   * `closed`, when SO_LINGER allows. Once: the first reason counts, and whoever ends it again is given the end
   * that was begun, because the handle may be another socket's by then.
   */
  end(socket: Socket, reason: EndOfId): SocketEnd {
    if (socket.ending) return socket.ending;
    const ending = this.#begin(socket);
    const { waits, manner } = ENDS[reason];
    const { owner, id: sessionId } = socket.session;
    this.#tombstones.add(owner, socket.id, { reason, sessionId });
    socket.session.journal.socketEnded(socket.journal, reason, this.#clock.now());
    socket.calls.end(waits);
    const idle = socket.calls.idle();
    const release = (): void => {
      this.#release(socket, manner, ending);
    };
    if (idle) void idle.then(release);
    else this.#turns.run(owner, release);
    return ending;
  }

  /**
   * closesocket's one refusal: a non-blocking socket that would have to linger stays open.
   *
   * @see https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-closesocket
   */
  closeWouldBlock(socket: Socket): boolean {
    if (!socket.nonBlocking || socket.state !== 'connected' || socket.isShared) return false;
    const { onoff, linger } = lingerOf(socket);
    const unsent = socket.use((provider, s) => provider.unsent(s));
    // Where the system cannot tell, there may be something unsent.
    return onoff && linger > 0 && unsent.ok && unsent.value !== 0;
  }

  /** Ends the closes of a session that linger: none outlives its session. */
  endLingering(session: Session, how: LingerEnd): void {
    for (const socket of this.#sockets.values()) {
      if (socket.session === session) socket.ending?.endLinger(how);
    }
  }

  /** Closes still going on. */
  closings(): readonly SocketEnd[] {
    return [...this.#sockets.values()].flatMap(({ ending }) => ending ?? []);
  }

  #release(socket: Socket, manner: Manner, ending: SocketEnd): void {
    const settle = (outcome: Outcome<void>): void => this.#finish(socket, ending, outcome);
    // What the connection was: to its own id the socket is closed already.
    const wasConnected = socket.underlying.state === 'connected';
    const isLast = socket.underlying.release(socket);
    if (socket.lostBy !== undefined) {
      settle(socket.abort());
      return;
    }
    const linger = manner === 'abort' ? { onoff: false, linger: 0 } : lingerOf(socket);
    if (!isLast) {
      // Another id names the socket: nothing of it ends.
      settle(socket.use((provider, s) => provider.close(s)));
      return;
    }
    socket.inbound.abortAccepts(socket);
    const reset = manner === 'abort' || (linger.onoff && linger.linger === 0);
    if (reset || !linger.onoff || manner !== 'linger' || !wasConnected) {
      settle(socket.finish(reset && socket.isStream ? 'abort' : 'close'));
      return;
    }
    ending.lingers(lingeringClose(socket, linger.linger, this.#clock, settle));
  }

  #add(parts: SocketParts): Socket {
    const { session, home } = parts;
    const id = this.#ids.socket();
    const number = ++session.socketsOpened;
    const socket = new Socket(id, number, this.#clock.wall(), parts);
    this.#sockets.set(id, socket);
    const live = this.#live.get(session);
    if (live) live.add(socket);
    else this.#live.set(session, new Set([socket]));
    home.providerUsers.add(socket);
    this.#owned.set(session.owner, (this.#owned.get(session.owner) ?? 0) + 1);
    return socket;
  }

  /** From here on the id names nothing. */
  #begin(socket: Socket): SocketEnd {
    const ending = new SocketEnd();
    socket.endsWith(ending);
    const live = this.#live.get(socket.session);
    live?.delete(socket);
    if (live?.size === 0) this.#live.delete(socket.session);
    socket.session.faults.forget(socket.id);
    return ending;
  }

  /** Its handle is gone, or somebody else's: it counts for the quota no more. */
  #finish(socket: Socket, ending: SocketEnd, outcome: Outcome<void>): void {
    this.#sockets.delete(socket.id);
    if (socket.underlying.ids.length === 0) socket.inbound.end();
    const { owner } = socket.session;
    const left = (this.#owned.get(owner) ?? 1) - 1;
    if (left > 0) this.#owned.set(owner, left);
    else this.#owned.delete(owner);
    socket.home.providerUsers.delete(socket);
    ending.settle(outcome);
  }
}
