import type { NetworkEvents, Readiness, Watch } from '../../providers/provider.js';
import { NETWORK_EVENTS, POLL_EVENTS } from '../../winsock/constants.js';
import { WSA_ERRORS } from '../../winsock/errors.js';
import { type Failure, type Outcome, ok } from '../../winsock/outcome.js';
import { Signal } from '../waiting/signal.js';
import type { TrySubscribe } from '../waiting/subscription.js';
import { FurtherArrivals } from './further-arrivals.js';
import type { NetworkEventRecord } from './network-event-record.js';
import { pollSockets } from './poll-sockets.js';
import type { EventSelection, SocketHandle } from './underlying-socket.js';

const { FD_READ, FD_WRITE, FD_OOB, FD_ACCEPT, FD_CONNECT, FD_CLOSE } = NETWORK_EVENTS;
const { POLLRDNORM, POLLRDBAND, POLLWRNORM, POLLERR, POLLHUP } = POLL_EVENTS;

/** The events whose condition has one of these POLL bits. */
const eventsOf = (bits: number): number =>
  (bits & POLLRDNORM ? FD_READ | FD_ACCEPT : 0) |
  (bits & POLLRDBAND ? FD_OOB : 0) |
  (bits & POLLHUP ? FD_CLOSE : 0);

/**
 * The code of FD_CLOSE, however the connection was lost; a receive has its own code.
 *
 * Source: Wine's dlls/ws2_32/tests/sock.c, test_close_events, which is run on Windows
 */
const LOST = WSA_ERRORS.WSAECONNABORTED.code;

/** What polling the socket has found. */
interface Observed {
  readonly events: ReadonlyMap<number, number>;
  /** The peer has ended its side or the connection is lost: nothing more arrives. */
  readonly isOver: boolean;
  /**
   * The connection is lost, so there will be no room to send again; after the peer's end alone there may be.
   */
  readonly isLost: boolean;
}

/**
 * A selection with its record. Some providers have their own record. With others the daemon keeps it, and
 * watches the socket for exactly those events that would be recorded.
 *
 * What the daemon itself holds (bytes and connections that were put back) is recorded here in both cases.
 */
export class NetworkEventSelection implements EventSelection {
  readonly mask: number;
  #socket: SocketHandle;
  readonly #record: NetworkEventRecord;
  readonly #filled = new Signal();
  readonly #changes: { stop(): void };
  #watch: Watch | undefined;
  readonly #further = new FurtherArrivals();
  /** The system has refused to watch the socket: waits for events fail with this. */
  #refused: Failure | undefined;
  /** The provider has reported a connection behind one that is held here, and will not report it again. */
  #nextWaits = false;
  #ended = false;
  /** The events that faults hid at the last update, FD_ bits. */
  #hides = 0;
  /** What the provider's own record has reported of them. */
  readonly #hidden = new Map<number, number>();

  private constructor(socket: SocketHandle, mask: number) {
    this.#socket = socket;
    this.mask = mask;
    this.#record = socket.underlying.events;
    this.#changes = socket.underlying.changes.subscribe(() => this.update());
  }

  /**
   * WSAEventSelect with a mask that is not 0. WSAENOBUFS if the system watches no more sockets.
   *
   * @param mask FD_ bits
   */
  static begin(socket: SocketHandle, mask: number): Outcome<NetworkEventSelection> {
    const native = socket.use((provider, s) => provider.networkEvents?.select(s, mask));
    if (native && !native.ok) return native;
    socket.underlying.events.select(mask);
    const selection = new NetworkEventSelection(socket, mask);
    selection.update();
    if (!selection.#refused) return ok(selection);
    selection.end();
    return selection.#refused;
  }

  get socket(): SocketHandle {
    return this.#socket;
  }

  readonly subscribe: TrySubscribe = (wake) => {
    if (this.#refused) return this.#refused;
    // The end of the attempt records FD_CONNECT.
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
    this.update();
    const native = this.#socket.use((provider, s) => provider.networkEvents?.enumerate(s));
    if (native && !native.ok) return native;
    if (native) this.#recordNative(native.value.errors);
    const taken = this.#record.take();
    if (!native) {
      this.#further.noteFetched(this.#socket, taken.events);
      this.#refused ??= this.#watchFurther();
    }
    return ok(taken);
  }

  /** Records what the provider's own record has reported. @param reported codes by FD_ bit */
  #recordNative(reported: ReadonlyMap<number, number>): void {
    // To the provider the held connection was accepted; the next one is recorded when the held one is
    // decided.
    const held = this.#socket.underlying.inbound.holdsAccept ? FD_ACCEPT : 0;
    if (reported.has(FD_ACCEPT)) this.#nextWaits = held !== 0;
    for (const [event, code] of reported) {
      if (event & this.#hides) {
        this.#hidden.set(event, code);
        continue;
      }
      if (event === FD_CLOSE) this.#socket.underlying.noteFailure(code);
      // The provider reports an event only when it was enabled.
      if (event !== held) this.#record.enable(event);
      this.#record.record(new Map([[event, code]]));
    }
  }

  putBack(events: NetworkEvents): void {
    if (this.#ended) return;
    this.#record.putBack(events);
    if (!this.#record.isEmpty) this.#filled.fire();
  }

  update(): void {
    if (this.#ended) return;
    if (this.#isNative) this.#recordHeld();
    else this.#refused = this.#recordAndWatch();
    if (!this.#record.isEmpty || this.#refused) this.#filled.fire();
  }

  moveTo(socket: SocketHandle): void {
    this.#watch?.stop();
    this.#watch = undefined;
    this.#further.stop();
    this.#socket = socket;
    // Calls that wait watch the old handle: a wake makes them watch the new one.
    this.#filled.fire();
    this.update();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#changes.stop();
    this.#watch?.stop();
    this.#further.stop();
    this.#record.select(0);
    this.#filled.fire();
    this.#socket.use((provider, s) => provider.networkEvents?.select(s, 0));
  }

  get #isNative(): boolean {
    return this.#socket.use((provider) => provider.networkEvents !== undefined);
  }

  /** Whether events of data can be recorded: a stream has or had a connection, a datagram socket is bound. */
  get #canTransferData(): boolean {
    const { state, isStream } = this.#socket.underlying;
    return isStream ? state === 'connected' || state === 'reset' : state !== 'fresh';
  }

  /**
   * With a record of the provider: records what the daemon holds, and what was reported while it was hidden.
   */
  #recordHeld(): void {
    const { inbound, state } = this.#socket.underlying;
    const hides = eventsOf(inbound.hiddenBits);
    const shownAgain = this.#hides & ~hides;
    this.#hides = hides;
    if (shownAgain !== 0) this.#unhide(shownAgain);
    const now = new Map<number, number>();
    const held = inbound.readiness(0);
    if (held & POLLRDNORM) now.set(state === 'listening' ? FD_ACCEPT : FD_READ, 0);
    if (held & POLLRDBAND) now.set(FD_OOB, 0);
    if (held & POLLHUP) now.set(FD_CLOSE, 0);
    // A fault may have refused a send that the provider does not know of.
    const waitsForRoom = this.#socket.underlying.hasHolds && (this.#record.armed & FD_WRITE) !== 0;
    if (waitsForRoom && this.#poll() & POLLWRNORM) now.set(FD_WRITE, 0);
    const asks = this.#nextWaits && !inbound.holdsAccept && (this.#record.armed & FD_ACCEPT) !== 0;
    if (asks && this.#poll() & POLLRDNORM) {
      this.#nextWaits = false;
      now.set(FD_ACCEPT, 0);
    }
    this.#record.record(now);
  }

  /** Faults hide these events no longer: records what arrived meanwhile. @param events FD_ bits */
  #unhide(events: number): void {
    for (const [event, code] of this.#hidden) {
      if ((event & events) === 0) continue;
      this.#hidden.delete(event);
      this.#record.record(new Map([[event, code]]));
    }
    // Receives did not reach the provider meanwhile, so it has not enabled its own events again.
    for (const [event, code] of this.#observe().events) {
      if (event & events) this.#record.record(new Map([[event, code]]));
    }
  }

  /** Polls the socket, and derives the events from its state. */
  #observe(): Observed {
    const socket = this.#socket.underlying;
    const events = new Map<number, number>();
    const { connectCode } = socket;
    if (connectCode !== undefined && socket.state !== 'connecting') events.set(FD_CONNECT, connectCode);
    const revents = this.#poll();
    const isOpenStream = socket.isStream && this.#canTransferData;
    const isLost = isOpenStream && (revents & POLLERR) !== 0;
    const isOver = isLost || (isOpenStream && (revents & POLLHUP) !== 0);
    if (socket.state === 'listening') {
      if (revents & POLLRDNORM) events.set(FD_ACCEPT, 0);
    } else if (this.#canTransferData) {
      if (revents & POLLRDNORM && !socket.receiveShutdown) events.set(FD_READ, 0);
      if (revents & POLLRDBAND) events.set(FD_OOB, 0);
      // Also after the peer's end: a half-closed connection can still send.
      if (revents & POLLWRNORM && !socket.sendShutdown && !isLost) events.set(FD_WRITE, 0);
      if (isOver && this.#record.armed & FD_CLOSE) events.set(FD_CLOSE, isLost ? LOST : 0);
    }
    return { events, isOver, isLost };
  }

  /** POLL bits; 0 if the poll fails, for lack of buffers. */
  #poll(): number {
    const state = pollSockets(new Map([[this.#socket, POLLRDNORM | POLLRDBAND | POLLWRNORM]]));
    return state.ok ? (state.value.get(this.#socket) ?? 0) : 0;
  }

  /** Without a record of the provider: records the current events, and watches for those that may follow. */
  #recordAndWatch(): Failure | undefined {
    this.#further.enableAgain(this.#socket);
    const observed = this.#observe();
    this.#record.record(observed.events);
    if (observed.events.get(FD_CLOSE) === LOST) this.#socket.underlying.noteFailure(LOST);
    // Only now, because polling may have called `update`, which sets a watch.
    this.#watch?.stop();
    this.#watch = undefined;
    const refused = this.#watchFurther();
    if (refused) return refused;
    const want = this.#wanted(observed);
    if (!want.read && !want.write && !want.urgent && !want.hangup) return undefined;
    const watch = this.#socket.underlying.inbound.watch(this.#socket, want, () => {
      this.#watch = undefined;
      this.update();
    });
    if (!watch.ok) return watch;
    this.#watch = watch.value;
    return undefined;
  }

  #watchFurther(): Failure | undefined {
    const watched = this.#further.watch(this.#socket, () => this.update());
    return watched.ok ? undefined : watched;
  }

  #wanted({ isOver, isLost }: Observed): Readiness {
    const socket = this.#socket.underlying;
    const { armed } = this.#record;
    if (socket.state === 'listening') return { read: (armed & FD_ACCEPT) !== 0 };
    if (!this.#canTransferData || isLost) return {};
    const write = (armed & FD_WRITE) !== 0 && !socket.sendShutdown;
    // After the end the socket is always readable: a watch for that would wake again and again.
    if (isOver) return { write };
    return {
      read: (armed & FD_READ) !== 0 && !socket.receiveShutdown,
      write,
      urgent: (armed & FD_OOB) !== 0 && socket.isStream,
      hangup: (armed & FD_CLOSE) !== 0 && socket.isStream,
    };
  }
}
