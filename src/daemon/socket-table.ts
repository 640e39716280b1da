import type { Accepted, Handle } from '../providers/provider.js';
import type { Outcome } from '../winsock/outcome.js';
import type { Answer } from './answer.js';
import type { EndReason } from './call.js';
import type { Choice } from './catalog.js';
import type { Clock } from './clock.js';
import { Eventual } from './eventual.js';
import type { Ids, SocketId } from './ids.js';
import { lingeringClose, lingerOf } from './linger.js';
import { refuse } from './refusals.js';
import type { Session } from './session.js';
import { Socket } from './socket.js';
import { type EndOfId, type Tombstone, Tombstones } from './tombstones.js';

/** How the native handle ends: with SO_LINGER honoured, gracefully without waiting, or by a reset. */
export type Manner = 'linger' | 'graceful' | 'abort';

const ENDS: Readonly<Record<EndOfId, { readonly waits: EndReason; readonly manner: Manner }>> = {
  closed: { waits: 'close', manner: 'linger' },
  cleanup: { waits: 'cleanup', manner: 'graceful' },
  'session-ended': { waits: 'sessionEnded', manner: 'graceful' },
  'lease-expired': { waits: 'sessionEnded', manner: 'abort' },
};

/** A close under way or done: its outcome comes when the native handle is gone. */
export type Closing = Eventual<Outcome<void>>;

interface ClosingSocket {
  readonly socket: Socket;
  readonly closing: Closing;
  /** While it lingers: the way to end that now. */
  endLinger?: (how: 'close' | 'abort') => void;
}

export interface SocketTableOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly socketsPerOwner: number;
  readonly tombstones: number;
}

/** Every live socket by its id, and the one path on which a socket ends. */
export class SocketTable {
  readonly #clock: Clock;
  readonly #ids: Ids;
  readonly #perOwner: number;
  readonly #live = new Map<string, Socket>();
  readonly #owned = new Map<string, number>();
  readonly #closing = new Map<string, ClosingSocket>();
  readonly #tombstones: Tombstones;

  constructor(options: SocketTableOptions) {
    this.#clock = options.clock;
    this.#ids = options.ids;
    this.#perOwner = options.socketsPerOwner;
    this.#tombstones = new Tombstones(options.tombstones);
  }

  /** Live sockets of all owners. */
  get size(): number {
    return this.#live.size;
  }

  find(id: string): Socket | undefined {
    return this.#live.get(id);
  }

  /** The socket whose close is still going on, for a repeated close. */
  findClosing(id: string): Socket | undefined {
    return this.#closing.get(id)?.socket;
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
    const handle = choice.provider.socket(choice.entry, choice.protocol);
    return handle.ok ? { ok: true, value: this.#add(session, choice, handle.value, 'fresh') } : handle;
  }

  /** Takes over an accepted connection; what the daemon keeps of the listener is inherited. */
  adopt(listener: Socket, accepted: Accepted): Socket {
    const { session, entry, protocol } = listener;
    const socket = listener.use((provider) =>
      this.#add(session, { provider, entry, protocol }, accepted.handle, 'connected'),
    );
    socket.nonBlocking = listener.nonBlocking;
    Object.assign(socket.timeouts, listener.timeouts);
    return socket;
  }

  /**
   * Undoes adopt, as if accept had not happened: the next accept takes the connection. A listener that
   * was closed meanwhile has reset what it had queued, and so this one. A socket that somebody has found
   * in a list and used is not lost: it stays.
   */
  giveBack(listener: Socket, socket: Socket, accepted: Accepted): void {
    if (this.#live.get(socket.id) !== socket || socket.wasUsed) return;
    this.#remove(socket);
    this.#uncount(socket);
    if (listener.state === 'closed') listener.use((provider) => provider.abort(accepted.handle));
    else listener.returnedAccepts.unshift(accepted);
  }

  /**
   * Ends a socket: its id at once, its waits at once, its native handle when they have let go and, for
   * `closed`, when SO_LINGER allows.
   */
  end(socket: Socket, reason: EndOfId): Closing {
    const under = this.#closing.get(socket.id);
    if (under) return under.closing;
    const closing: Closing = new Eventual();
    const { waits, manner } = ENDS[reason];
    this.#remove(socket);
    const { owner, id: sessionId } = socket.session;
    this.#tombstones.add(owner, socket.id, { reason, sessionId });
    const entry: ClosingSocket = { socket, closing };
    this.#closing.set(socket.id, entry);
    socket.end(waits);
    const idle = socket.idle();
    const release = (): void => {
      const endLinger = this.#release(socket, manner, (outcome) => {
        this.#closing.delete(socket.id);
        this.#uncount(socket);
        closing.settle(outcome);
      });
      if (endLinger) entry.endLinger = endLinger;
    };
    if (idle) void idle.then(release);
    else release();
    return closing;
  }

  /**
   * closesocket's one refusal: a non-blocking socket that would have to linger stays open.
   *
   * @see https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-closesocket
   */
  closeWouldBlock(socket: Socket): boolean {
    if (!socket.nonBlocking || socket.state !== 'connected') return false;
    const { onoff, linger } = lingerOf(socket);
    const unsent = socket.use((provider, s) => provider.unsent(s));
    // Where the system cannot tell, there may be something unsent.
    return onoff && linger > 0 && unsent.ok && unsent.value !== 0;
  }

  /** Ends the closes of a session that linger: none outlives its session. */
  endLingering(session: Session, how: 'close' | 'abort'): void {
    for (const { socket, endLinger } of this.#closing.values()) {
      if (socket.session === session) endLinger?.(how);
    }
  }

  /** Closes still going on. */
  closings(): readonly Closing[] {
    return [...this.#closing.values()].map((c) => c.closing);
  }

  #release(
    socket: Socket,
    manner: Manner,
    settle: (outcome: Outcome<void>) => void,
  ): ClosingSocket['endLinger'] {
    const wasConnected = socket.state === 'connected';
    const linger = manner === 'abort' ? { onoff: false, linger: 0 } : lingerOf(socket);
    socket.attempt?.abandon();
    socket.closed();
    for (const accepted of socket.returnedAccepts) socket.use((provider) => provider.abort(accepted.handle));
    const reset = manner === 'abort' || (linger.onoff && linger.linger === 0);
    if (reset || !linger.onoff || manner !== 'linger' || !wasConnected) {
      settle(socket.use((provider, s) => (reset && socket.isStream ? provider.abort(s) : provider.close(s))));
      return undefined;
    }
    return lingeringClose(socket, linger.linger, this.#clock, settle);
  }

  #add(session: Session, choice: Choice, handle: Handle, state: 'fresh' | 'connected'): Socket {
    const { provider, entry, protocol } = choice;
    const id: SocketId = this.#ids.socket();
    const createdAt = this.#clock.wall();
    const socket = new Socket({ id, session, provider, entry, protocol, handle, state, createdAt });
    this.#live.set(id, socket);
    session.sockets.set(id, socket);
    this.#owned.set(session.owner, (this.#owned.get(session.owner) ?? 0) + 1);
    return socket;
  }

  #remove(socket: Socket): void {
    this.#live.delete(socket.id);
    socket.session.sockets.delete(socket.id);
  }

  /** Its handle is gone, or somebody else's: it counts for the quota no more. */
  #uncount({ session: { owner } }: Socket): void {
    const left = (this.#owned.get(owner) ?? 1) - 1;
    if (left > 0) this.#owned.set(owner, left);
    else this.#owned.delete(owner);
  }
}
