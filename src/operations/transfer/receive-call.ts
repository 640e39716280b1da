import { type Answer, isRefusal } from '../../daemon/answers/answer.js';
import type { Call } from '../../daemon/calls/call.js';
import type { Daemon } from '../../daemon/daemon.js';
import type { ByteAccount } from '../../daemon/memory/byte-account.js';
import type { Socket } from '../../daemon/sockets/socket.js';
import type { Arrival } from '../../daemon/sockets/undelivered-data.js';
import { flagBits, NETWORK_EVENTS, RECV_FLAGS, type RecvFlag } from '../../winsock/constants.js';
import { type Failure, failedWith, type Outcome, ok } from '../../winsock/outcome.js';
import type { Scattering } from '../schemas/buffers.js';
import { retryUntilReady } from '../waiting/retry-until-ready.js';
import { receiveAll } from './receive-all.js';
import { receiveUrgent } from './receive-urgent.js';

/** The most that recv takes without maxBytes. */
export const DEFAULT_BYTES = 65_536;

/** Network events that every receive enables again. */
const ENABLED_BY_RECV = NETWORK_EVENTS.FD_READ | NETWORK_EVENTS.FD_OOB;

const READABLE = { read: true } as const;

export interface ReceiveParams extends Scattering {
  readonly as?: 'text';
  readonly flags?: RecvFlag[];
}

/** The provider's calls, each with its Winsock function. */
export const FUNCTIONS = { recv: 'recv', recvFrom: 'recvfrom', recvMsg: 'WSARecvMsg' } as const;

/** One call of a receive, from its parameters to its answer. */
export class ReceiveCall {
  readonly #socket: Socket;
  readonly #call: Call;
  readonly #daemon: Daemon;
  readonly #account: ByteAccount;
  readonly #providerCall: keyof typeof FUNCTIONS;
  readonly #flagBits: number;
  readonly #maxBytes: number;
  readonly #isPeek: boolean;
  readonly #hasNoRoom: boolean;
  readonly #isUrgent: boolean;
  readonly #waitsForAll: boolean;

  /** @param room bytes that there is room for; undefined: the default of the call */
  constructor(
    socket: Socket,
    call: Call,
    daemon: Daemon,
    native: keyof typeof FUNCTIONS,
    { flags }: ReceiveParams,
    room: number | undefined,
  ) {
    this.#socket = socket;
    this.#call = call;
    this.#daemon = daemon;
    this.#account = daemon.bytes.of(call.owner);
    // A datagram that recv took and did not deliver may be received by recvFrom, which returns its sender, or
    // by recvMsg, which returns its control data: so every receive takes them.
    const fromDatagrams = socket.underlying.receivesMessages ? 'recvMsg' : 'recvFrom';
    this.#providerCall = socket.isStream ? native : fromDatagrams;
    const maxBytes = Math.min(room ?? DEFAULT_BYTES, daemon.limits.recvBytes, call.faults.mostBytes);
    // A receive without room waits for bytes of a stream and takes none (test_empty_recv of Wine's sock.c).
    // Peeking at one byte does the same, and finds the end of the peer.
    this.#hasNoRoom = socket.isStream && room === 0;
    this.#maxBytes = this.#hasNoRoom ? 1 : maxBytes;
    this.#isPeek = this.#hasNoRoom || (flags?.includes('MSG_PEEK') ?? false);
    this.#isUrgent = flags?.includes('MSG_OOB') ?? false;
    this.#waitsForAll = flags?.includes('MSG_WAITALL') ?? false;
    const given = flags === undefined ? 0 : flagBits(RECV_FLAGS, flags.filter(isNative));
    this.#flagBits = given | (this.#isPeek ? RECV_FLAGS.MSG_PEEK : 0);
  }

  /** @param name the Winsock function, for answers */
  begin(name: string): Answer<Arrival> | Promise<Answer<Arrival>> {
    const once = (): Answer<Arrival> => this.#tryOnce(this.#maxBytes);
    if (this.#isUrgent) return receiveUrgent(this.#socket, this.#call, name, this.#isPeek, once);
    return this.#waitsForAll
      ? receiveAll(this.#socket, this.#call, name, this.#maxBytes, (most) => this.#tryOnce(most))
      : retryUntilReady(this.#socket, this.#call, READABLE, name, once);
  }

  /**
   * One try. The room is checked when bytes are taken, not while the call waits: nothing runs between the
   * check and the count. Bytes that went back are counted already, so they can always be taken.
   */
  #tryOnce(most: number): Answer<Arrival> {
    const full = this.#account.refused(most);
    if (full && this.#isPeek) return full;
    const more = (room: number): Answer<Arrival> => full ?? this.#fromProvider(room);
    const { inbound } = this.#socket;
    const got = this.#isUrgent
      ? inbound.receiveUrgent(most, this.#isPeek, more)
      : inbound.receive(this.#socket, most, this.#isPeek, more);
    if (!got.ok && isRefusal(got)) return got;
    if (got.ok) this.#call.keepBytes(got.value.data.length, this.#account);
    this.#socket.enableEvents(ENABLED_BY_RECV);
    return got;
  }

  #fromProvider(most: number): Outcome<Arrival> {
    const { room } = this.#call;
    const into = room?.buffer.subarray(0, most) ?? this.#daemon.scratch(most);
    const got = this.#socket.use((provider, s) => provider[this.#providerCall](s, into, this.#flagBits));
    if (!got.ok) {
      // It may wait long for bytes.
      room?.release();
      return got;
    }
    const { bytes, eof, truncated, from, flags, control } = got.value;
    const data = room ? into.subarray(0, bytes) : this.#daemon.keepScratch(into, bytes);
    return ok({ data, eof, truncated, from, flags, control, order: this.#socket.inbound.nextOrder(bytes) });
  }

  /** Applies the answer to the socket, and returns it. */
  conclude(answer: Answer<Arrival>): Answer<Arrival> {
    if (!this.#isUrgent) {
      if (answer.ok && answer.value.eof) this.#socket.receivedEof();
      // A peek leaves a datagram in place, but an ICMP error is consumed.
      if (!this.#isPeek || !answer.ok) keepUntilDelivered(this.#socket, this.#call, answer);
    }
    return this.#hasNoRoom ? withoutBytes(answer) : answer;
  }
}

const NO_BYTES = Buffer.alloc(0);

/** The answer of a receive without room, if one with room would have taken bytes. */
const withoutBytes = (answer: Answer<Arrival>): Answer<Arrival> =>
  answer.ok ? ok({ ...answer.value, data: NO_BYTES }) : answer;

/** The daemon itself does MSG_WAITALL; MSG_PARTIAL changes nothing: a part is taken as it is. */
const isNative = (flag: RecvFlag): boolean => flag === 'MSG_PEEK' || flag === 'MSG_OOB';

/**
 * Puts back what was received if the answer is not delivered. The end of a stream and a lost connection are
 * reported again by the next call anyway.
 */
const keepUntilDelivered = (socket: Socket, call: Call, answer: Answer<Arrival>): void => {
  if (isRefusal(answer)) return;
  const isReportedOnce = answer.ok ? !answer.value.eof : !socket.isStream && isOfEarlier(answer);
  if (isReportedOnce) call.onUndelivered(() => socket.inbound.putBack(answer));
};

/** Whether ICMP reported the failure, about an earlier datagram. */
const isOfEarlier = (failure: Failure): boolean =>
  failedWith(failure, 'WSAECONNRESET') || failedWith(failure, 'WSAENETRESET');
