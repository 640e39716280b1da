import type { NetworkEvents, Readiness, Watch } from '../../providers/provider.js';
import { NETWORK_EVENTS, POLL_EVENTS } from '../../winsock/constants.js';
import { WSA_ERRORS } from '../../winsock/errors.js';
import { type Failure, type Outcome, ok } from '../../winsock/outcome.js';
import { Signal } from '../waiting/signal.js';
import type { TrySubscribe } from '../waiting/subscription.js';
import type { NetworkEventRecord } from './network-event-record.js';
import { pollSockets } from './poll-sockets.js';
import type { EventSelection, SharedSocket } from './underlying-socket.js';

const { FD_READ, FD_WRITE, FD_OOB, FD_ACCEPT, FD_CONNECT, FD_CLOSE } = NETWORK_EVENTS;
const { POLLRDNORM, POLLRDBAND, POLLWRNORM, POLLERR, POLLHUP } = POLL_EVENTS;

/** Events of something that has arrived. */
const ARRIVALS = FD_READ | FD_OOB | FD_ACCEPT | FD_CLOSE;

/**
 * A selection with its record. The record is the provider's own where it has one; elsewhere watches keep it,
 * armed for what would be recorded and for nothing else.
 *
 * What the daemon itself holds (bytes and connections that were given back) is recorded here in both cases.
 */
export class NetworkEventSelection implements EventSelection {
  readonly mask: number;
  #socket: SharedSocket;
  readonly #record: NetworkEventRecord;
  readonly #filled = new Signal();
  readonly #changes: { stop(): void };
  #watch: Watch | undefined;
  /** The system does not tell what comes: nobody may wait for it. */
  #refused: Failure | undefined;
  /** The peer has ended its side or the connection is lost: nothing more arrives that a look would not see. */
  #over = false;
  /** The connection is lost: no room comes any more. After the peer's end alone it does. */
  #lost = false;
  /** The provider has told of a connection behind one that is held here, and tells no more. */
  #nextWaits = false;
  #ended = false;
  /** A fault hides what arrives. */
  #hides = false;
  /** What the provider's own record told meanwhile. */
  readonly #hidden = new Map<number, number>();

  private constructor(socket: SharedSocket, mask: number) {
    this.#socket = socket;
    this.mask = mask;
    this.#record = socket.underlying.events;
    this.#changes = socket.underlying.changes.subscribe(() => this.look());
  }

  /**
   * WSAEventSelect with a mask that is not 0. WSAENOBUFS where the system watches no more sockets.
   *
   * @param mask FD_ bits
   */
  static begin(socket: SharedSocket, mask: number): Outcome<NetworkEventSelection> {
    const native = socket.use((provider, s) => provider.networkEvents?.select(s, mask));
    if (native && !native.ok) return native;
    socket.underlying.events.select(mask);
    const selection = new NetworkEventSelection(socket, mask);
    selection.look();
    if (!selection.#refused) return ok(selection);
    selection.end();
    return selection.#refused;
  }

  get socket(): SharedSocket {
    return this.#socket;
  }

  readonly subscribe: TrySubscribe = (wake) => {
    if (this.#refused) return this.#refused;
    // FD_CONNECT comes from its end.
    const resumed = this.#socket.underlying.attempt?.resume();
    if (resumed && !resumed.ok) return resumed;
    const native = this.#socket.use((provider, s) => provider.networkEvents?.watch(s, wake));
    if (native && !native.ok) return native;
    const filled = this.#filled.subscribe(wake);
    return ok({
      stop: () => {
        filled.stop();
        native?.value.stop();
      },
    });
  };

  take(): Outcome<NetworkEvents> {
    this.look();
    const native = this.#socket.use((provider, s) => provider.networkEvents?.enumerate(s));
    if (native && !native.ok) return native;
    if (native) this.#learn(native.value.errors);
    return ok(this.#record.take());
  }

  /** Takes over what the provider's own record told, each event with its code. */
  #learn(told: ReadonlyMap<number, number>): void {
    // To the provider the connection that is held was accepted: the next one has its turn after the decision.
    const held = this.#socket.underlying.inbound.holdsAccept ? FD_ACCEPT : 0;
    if (told.has(FD_ACCEPT)) this.#nextWaits = held !== 0;
    for (const [event, code] of told) {
      if (event & ARRIVALS && this.#hides) {
        this.#hidden.set(event, code);
        continue;
      }
      // The provider has seen to it that the others were enabled.
      if (event !== held) this.#record.enable(event);
      this.#record.see(new Map([[event, code]]));
    }
  }

  putBack(events: NetworkEvents): void {
    if (this.#ended) return;
    this.#record.putBack(events);
    if (!this.#record.isEmpty) this.#filled.fire();
  }

  look(): void {
    if (this.#ended) return;
    const hid = this.#hides;
    this.#hides = this.#socket.underlying.inbound.isHidden;
    this.#record.see(this.#now());
    if (hid && !this.#hides) this.#unhide();
    this.#refused = this.#rearm();
    if (!this.#record.isEmpty || this.#refused) this.#filled.fire();
  }

  moveTo(socket: SharedSocket): void {
    this.#watch?.stop();
    this.#watch = undefined;
    this.#socket = socket;
    // Whoever waits does so by the old handle: a wake makes them look, and wait by this one.
    this.#filled.fire();
    this.look();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#changes.stop();
    this.#watch?.stop();
    this.#record.select(0);
    this.#filled.fire();
    this.#socket.use((provider, s) => provider.networkEvents?.select(s, 0));
  }

  get #isNative(): boolean {
    return this.#socket.use((provider) => provider.networkEvents !== undefined);
  }

  /** Whether the socket has, or is, something that bytes come from. */
  get #isOpen(): boolean {
    const { state, isStream } = this.#socket.underlying;
    return !isStream || state === 'connected' || state === 'reset';
  }

  /** Nothing is hidden any more: what has arrived meanwhile is recorded. */
  #unhide(): void {
    this.#record.see(this.#hidden);
    this.#hidden.clear();
    if (!this.#isNative) return;
    // The receives that found nothing never reached the provider, so it has not enabled its own again.
    for (const [event, code] of this.#looked()) {
      if (event & ARRIVALS) this.#record.see(new Map([[event, code]]));
    }
  }

  #now(): ReadonlyMap<number, number> {
    const socket = this.#socket.underlying;
    const now = this.#isNative ? new Map<number, number>() : this.#looked();
    if (this.#hides) return now;
    const held = socket.inbound.readiness(0);
    const readable = socket.state === 'listening' ? FD_ACCEPT : FD_READ;
    if (held & POLLRDNORM && !socket.receiveShutdown) now.set(readable, 0);
    if (held & POLLRDBAND && !socket.receiveShutdown) now.set(FD_OOB, 0);
    if (
      !socket.inbound.holdsAccept &&
      this.#nextWaits &&
      this.#record.armed & FD_ACCEPT &&
      this.#poll() & POLLRDNORM
    ) {
      this.#nextWaits = false;
      now.set(FD_ACCEPT, 0);
    }
    return now;
  }

  /** What the state of the socket tells. */
  #looked(): Map<number, number> {
    const socket = this.#socket.underlying;
    const now = new Map<number, number>();
    const { connectCode } = socket;
    if (connectCode !== undefined && socket.state !== 'connecting') now.set(FD_CONNECT, connectCode);
    const revents = this.#poll();
    const isOpenStream = socket.isStream && this.#isOpen;
    this.#lost = isOpenStream && (revents & POLLERR) !== 0;
    this.#over = this.#lost || (isOpenStream && (revents & POLLHUP) !== 0);
    if (socket.state === 'listening') {
      if (revents & POLLRDNORM) now.set(FD_ACCEPT, 0);
      return now;
    }
    if (!this.#isOpen) return now;
    if (revents & POLLRDNORM && !socket.receiveShutdown) now.set(FD_READ, 0);
    if (revents & POLLRDBAND) now.set(FD_OOB, 0);
    // Half-closed: what is left to say can be sent.
    if (revents & POLLWRNORM && !socket.sendShutdown && !this.#lost) now.set(FD_WRITE, 0);
    if (this.#over && this.#record.armed & FD_CLOSE) now.set(FD_CLOSE, this.#lost ? this.#lossCode : 0);
    return now;
  }

  /** A look that fails (no buffers) shows nothing; the next one may. */
  #poll(): number {
    const state = pollSockets(new Map([[this.#socket, POLLRDNORM | POLLRDBAND | POLLWRNORM]]));
    return state.ok ? (state.value.get(this.#socket) ?? 0) : 0;
  }

  get #lossCode(): number {
    return this.#socket.loss()?.code ?? WSA_ERRORS.WSAECONNRESET.code;
  }

  /** Watches for what would be recorded, as far as the state of the socket lets it come. */
  #rearm(): Failure | undefined {
    this.#watch?.stop();
    this.#watch = undefined;
    if (this.#isNative) return undefined;
    const want = this.#wanted();
    if (!want.read && !want.write && !want.urgent && !want.hangup) return undefined;
    const watch = this.#socket.underlying.inbound.watch(this.#socket, want, () => {
      this.#watch = undefined;
      this.look();
    });
    if (!watch.ok) return watch;
    this.#watch = watch.value;
    return undefined;
  }

  #wanted(): Readiness {
    const socket = this.#socket.underlying;
    const { armed } = this.#record;
    if (socket.state === 'listening') return { read: (armed & FD_ACCEPT) !== 0 };
    if (!this.#isOpen || this.#lost) return {};
    const write = (armed & FD_WRITE) !== 0 && !socket.sendShutdown;
    // The end is readable for good: a watch for more would never rest.
    if (this.#over) return { write };
    return {
      read: (armed & FD_READ) !== 0 && !socket.receiveShutdown,
      write,
      urgent: (armed & FD_OOB) !== 0 && socket.isStream,
      hangup: (armed & FD_CLOSE) !== 0 && socket.isStream,
    };
  }
}
