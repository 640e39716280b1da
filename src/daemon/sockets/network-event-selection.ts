import type { NetworkEvents, Readiness, Watch } from '../../providers/provider.js';
import { NETWORK_EVENTS, POLL_EVENTS } from '../../winsock/constants.js';
import { WSA_ERRORS } from '../../winsock/errors.js';
import { type Failure, type Outcome, ok } from '../../winsock/outcome.js';
import { Signal } from '../waiting/signal.js';
import type { TrySubscribe } from '../waiting/subscription.js';
import { FurtherArrivals } from './further-arrivals.js';
import type { NetworkEventRecord } from './network-event-record.js';
import { pollSockets } from './poll-sockets.js';
import type { EventSelection, SharedSocket } from './underlying-socket.js';

const { FD_READ, FD_WRITE, FD_OOB, FD_ACCEPT, FD_CONNECT, FD_CLOSE } = NETWORK_EVENTS;
const { POLLRDNORM, POLLRDBAND, POLLWRNORM, POLLERR, POLLHUP } = POLL_EVENTS;

/** Events of something that has arrived. */
const ARRIVALS = FD_READ | FD_OOB | FD_ACCEPT | FD_CLOSE;

/**
 * The code of FD_CLOSE however the connection was lost; a receive tells it in its own way.
 *
 * Source: Wine's dlls/ws2_32/tests/sock.c, test_close_events, which is run on Windows
 */
const LOST = WSA_ERRORS.WSAECONNABORTED.code;

/** What a look at the socket has told. */
interface Looked {
  readonly events: ReadonlyMap<number, number>;
  /** The peer has ended its side or the connection is lost: nothing more arrives that a look would not see. */
  readonly isOver: boolean;
  /** The connection is lost: no room comes any more. After the peer's end alone it does. */
  readonly isLost: boolean;
}

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
  readonly #further = new FurtherArrivals();
  /** The system does not tell what comes: nobody may wait for it. */
  #refused: Failure | undefined;
  /** The provider has told of a connection behind one that is held here, and tells no more. */
  #nextWaits = false;
  #ended = false;
  /** What the provider's own record has told since a fault hides what arrives; undefined while none does. */
  #hidden: Map<number, number> | undefined;

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
    const taken = this.#record.take();
    if (!native) {
      this.#further.fetched(this.#socket, taken.events);
      this.#refused ??= this.#watchFurther();
    }
    return ok(taken);
  }

  /** Takes over what the provider's own record told, each event with its code. */
  #learn(told: ReadonlyMap<number, number>): void {
    // To the provider the connection that is held was accepted: the next one has its turn after the decision.
    const held = this.#socket.underlying.inbound.holdsAccept ? FD_ACCEPT : 0;
    if (told.has(FD_ACCEPT)) this.#nextWaits = held !== 0;
    for (const [event, code] of told) {
      if (event & ARRIVALS && this.#hidden) {
        this.#hidden.set(event, code);
        continue;
      }
      if (event === FD_CLOSE) this.#socket.underlying.sawCode(code);
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
    if (this.#isNative) this.#lookBeside();
    else this.#refused = this.#lookAndWatch();
    if (!this.#record.isEmpty || this.#refused) this.#filled.fire();
  }

  moveTo(socket: SharedSocket): void {
    this.#watch?.stop();
    this.#watch = undefined;
    this.#further.stop();
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
    this.#further.stop();
    this.#record.select(0);
    this.#filled.fire();
    this.#socket.use((provider, s) => provider.networkEvents?.select(s, 0));
  }

  get #isNative(): boolean {
    return this.#socket.use((provider) => provider.networkEvents !== undefined);
  }

  /** Whether events of data can be recorded: of a stream with its connection, of a datagram socket once it is bound. */
  get #isOpen(): boolean {
    const { state, isStream } = this.#socket.underlying;
    return isStream ? state === 'connected' || state === 'reset' : state !== 'fresh';
  }

  /** Where the provider keeps the record: records what it does not know, or did not tell while that was hidden. */
  #lookBeside(): void {
    const { inbound, state } = this.#socket.underlying;
    if (inbound.isHidden) {
      this.#hidden ??= new Map();
      return;
    }
    if (this.#hidden) this.#unhide(this.#hidden);
    const now = new Map<number, number>();
    const held = inbound.readiness(0);
    if (held & POLLRDNORM) now.set(state === 'listening' ? FD_ACCEPT : FD_READ, 0);
    if (held & POLLRDBAND) now.set(FD_OOB, 0);
    const asks = this.#nextWaits && !inbound.holdsAccept && (this.#record.armed & FD_ACCEPT) !== 0;
    if (asks && this.#poll() & POLLRDNORM) {
      this.#nextWaits = false;
      now.set(FD_ACCEPT, 0);
    }
    this.#record.see(now);
  }

  /** Nothing is hidden any more: what has arrived meanwhile is recorded. @param told by the provider meanwhile */
  #unhide(told: ReadonlyMap<number, number>): void {
    this.#hidden = undefined;
    this.#record.see(told);
    // The receives that found nothing never reached the provider, so it has not enabled its own again.
    for (const [event, code] of this.#looked().events) {
      if (event & ARRIVALS) this.#record.see(new Map([[event, code]]));
    }
  }

  /** What the state of the socket tells. */
  #looked(): Looked {
    const socket = this.#socket.underlying;
    const events = new Map<number, number>();
    const { connectCode } = socket;
    if (connectCode !== undefined && socket.state !== 'connecting') events.set(FD_CONNECT, connectCode);
    const revents = this.#poll();
    const isOpenStream = socket.isStream && this.#isOpen;
    const isLost = isOpenStream && (revents & POLLERR) !== 0;
    const isOver = isLost || (isOpenStream && (revents & POLLHUP) !== 0);
    if (socket.state === 'listening') {
      if (revents & POLLRDNORM) events.set(FD_ACCEPT, 0);
    } else if (this.#isOpen) {
      if (revents & POLLRDNORM && !socket.receiveShutdown) events.set(FD_READ, 0);
      if (revents & POLLRDBAND) events.set(FD_OOB, 0);
      // Half-closed: what is left to say can be sent.
      if (revents & POLLWRNORM && !socket.sendShutdown && !isLost) events.set(FD_WRITE, 0);
      if (isOver && this.#record.armed & FD_CLOSE) events.set(FD_CLOSE, isLost ? LOST : 0);
    }
    return { events, isOver, isLost };
  }

  /** A look that fails (no buffers) shows nothing; the next one may. */
  #poll(): number {
    const state = pollSockets(new Map([[this.#socket, POLLRDNORM | POLLRDBAND | POLLWRNORM]]));
    return state.ok ? (state.value.get(this.#socket) ?? 0) : 0;
  }

  /** Without a record of the provider: records what there is, and watches for what would be recorded. */
  #lookAndWatch(): Failure | undefined {
    this.#further.note(this.#socket);
    const looked = this.#looked();
    this.#record.see(looked.events);
    if (looked.events.get(FD_CLOSE) === LOST) this.#socket.underlying.sawCode(LOST);
    // Only now: what a look finds out may have made another.
    this.#watch?.stop();
    this.#watch = undefined;
    const refused = this.#watchFurther();
    if (refused) return refused;
    const want = this.#wanted(looked);
    if (!want.read && !want.write && !want.urgent && !want.hangup) return undefined;
    const watch = this.#socket.underlying.inbound.watch(this.#socket, want, () => {
      this.#watch = undefined;
      this.look();
    });
    if (!watch.ok) return watch;
    this.#watch = watch.value;
    return undefined;
  }

  #watchFurther(): Failure | undefined {
    const watched = this.#further.watch(this.#socket, () => this.look());
    return watched.ok ? undefined : watched;
  }

  #wanted({ isOver, isLost }: Looked): Readiness {
    const socket = this.#socket.underlying;
    const { armed } = this.#record;
    if (socket.state === 'listening') return { read: (armed & FD_ACCEPT) !== 0 };
    if (!this.#isOpen || isLost) return {};
    const write = (armed & FD_WRITE) !== 0 && !socket.sendShutdown;
    // The end is readable for good: a watch for more would never rest.
    if (isOver) return { write };
    return {
      read: (armed & FD_READ) !== 0 && !socket.receiveShutdown,
      write,
      urgent: (armed & FD_OOB) !== 0 && socket.isStream,
      hangup: (armed & FD_CLOSE) !== 0 && socket.isStream,
    };
  }
}
