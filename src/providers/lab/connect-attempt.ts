import type { InternetAddress } from '../../winsock/addresses.js';
import type { WsaName } from '../../winsock/errors.js';
import { ConnectFailure } from './connect-failure.js';
import type { LabNetwork } from './network.js';
import type { SocketOptions } from './socket-options.js';
import { StreamEnd } from './stream-end.js';
import { CONNECT_LIMIT_MS, unreachableNetworkOf } from './unreachable-networks.js';

export interface Dial {
  /** iProtocol of the transport. */
  readonly protocol: number;
  /** Both in their wire form. */
  readonly local: InternetAddress;
  readonly peer: InternetAddress;
  /** With connect data, even of zero bytes, the caller waits for the listener's decision. */
  readonly callerData: Uint8Array | undefined;
  readonly options: SocketOptions;
}

/** The attempt calls exactly one of these, in a later turn, unless it is cancelled before. */
export interface DialEnd {
  connected(end: StreamEnd, calleeData: Uint8Array | undefined): void;
  failed(failure: ConnectFailure): void;
}

/** One connect attempt: in transit, in a listener's queue, or lost in an unreachable network. */
export class ConnectAttempt {
  readonly dial: Dial;
  readonly #network: LabNetwork;
  readonly #ended: DialEnd;
  #over = false;
  #timer: { clear(): void } | undefined;
  /** The caller's end, once a listener has the call in its queue. */
  #queued: StreamEnd | undefined;

  constructor(network: LabNetwork, dial: Dial, ended: DialEnd) {
    this.dial = dial;
    this.#network = network;
    this.#ended = ended;
    const far = unreachableNetworkOf(dial.peer);
    const { clock } = network;
    if (far === undefined) {
      // The connection request is sent again until it arrives or the time limit ends.
      clock.setImmediate(() => this.#pass(() => this.#arrive()));
    } else if (far.code === 'WSAETIMEDOUT') {
      this.#timer = clock.setTimeout(CONNECT_LIMIT_MS, () => this.#fail(far.code));
    } else {
      clock.setImmediate(() => this.#fail(far.code));
    }
  }

  /** The caller no longer waits. A listener that has queued the call sees it broken. */
  cancel(): void {
    this.#over = true;
    this.#stopTimer();
    this.#queued?.abort();
  }

  /** Sends a message that may never arrive, with a time limit for the caller. */
  #pass(arrive: () => void): void {
    if (this.#over) return;
    const { clock, link } = this.#network;
    if (!link.isDirect) this.#timer ??= clock.setTimeout(CONNECT_LIMIT_MS, () => this.#fail('WSAETIMEDOUT'));
    link.pass(0, arrive);
  }

  #arrive(): void {
    if (this.#over) return;
    const { protocol, local, peer, callerData, options } = this.dial;
    const acceptor = this.#network.acceptorAt(protocol, peer);
    if (acceptor === undefined) {
      this.#refuse();
      return;
    }
    const { clock, link } = this.#network;
    const wire = { clock, link, heardAt: clock.now() };
    const [near, far] = StreamEnd.pair(options, acceptor.options, wire, this.#network.memory);
    const waits = callerData !== undefined || acceptor.options.flags.SO_CONDITIONAL_ACCEPT;
    const queued = acceptor.offer({
      from: local,
      to: peer,
      end: far,
      callerData,
      waits,
      confirm: (calleeData) => this.#confirm(near, calleeData),
      turnAway: (disconnectData) => {
        this.#refuse(disconnectData);
        far.abort();
      },
    });
    if (queued) this.#queued = near;
    if (!queued) this.#refuse();
    // The listener has the call and decides without a time limit.
    else if (waits) this.#stopTimer();
    // As with TCP, the listener's system confirms at once.
    else this.#confirm(near, undefined);
  }

  #confirm(end: StreamEnd, calleeData: Uint8Array | undefined): void {
    this.#pass(() => {
      if (this.#over) return;
      this.#over = true;
      this.#stopTimer();
      this.#ended.connected(end, calleeData);
    });
  }

  #refuse(disconnectData?: Uint8Array): void {
    this.#pass(() => this.#fail('WSAECONNREFUSED', disconnectData));
  }

  #stopTimer(): void {
    this.#timer?.clear();
    this.#timer = undefined;
  }

  /** @param disconnectData the data of a rejection */
  #fail(code: WsaName, disconnectData?: Uint8Array): void {
    if (this.#over) return;
    this.cancel();
    this.#ended.failed(new ConnectFailure(code, disconnectData));
  }
}
