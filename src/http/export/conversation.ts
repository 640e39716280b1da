import { type InternetAddress, isInternet, type SocketAddress } from '../../winsock/addresses.js';
import { type JournalEntryView, parameter, type SocketLife } from './life.js';
import { udpPacket } from './packets.js';
import { TcpFlow } from './tcp-flow.js';

/** An IP packet, and when it was seen. */
export interface Packet {
  /** Microseconds since the epoch. */
  readonly at: number;
  readonly bytes: Buffer;
  /** What it belongs to, on the first packet of a call. */
  readonly comment: string | undefined;
}

/**
 * The packets that the calls of a socket stand for, in the order of the journal. They are made from the
 * calls, not seen on a wire: one call's bytes go out when the call ended, what the peer did is seen when a
 * call told it.
 */
export function* conversation(life: SocketLife): Generator<Packet> {
  const [first] = life.entries;
  if (!first) return;
  const epoch = Date.parse(first.time) * 1000 - first.at;
  let latest = 0;
  const packet = (at: number, bytes: Buffer, comment: string | undefined): Packet => {
    latest = Math.max(latest, at);
    return { at: epoch + latest, bytes, comment };
  };
  const side = life.type === 'SOCK_DGRAM' ? new Datagrams(life) : new Stream(life);
  for (const entry of life.entries) {
    if (entry.undelivered) continue;
    let comment: string | undefined = `${entry.operation} (journal ${entry.sequence})`;
    for (const { bytes, began } of side.packetsOf(entry)) {
      yield packet(began ? entry.at - entry.nativeUs - entry.waitUs : entry.at, bytes, comment);
      comment = undefined;
    }
  }
  for (const bytes of side.ended()) yield packet(life.endedAt ?? latest, bytes, life.endReason);
}

/** A packet of a call; `began`: it left when the call began, not when it ended. */
interface Sent {
  readonly bytes: Buffer;
  readonly began?: true;
}

/** How the calls of one kind of socket become packets. */
interface Kind {
  packetsOf(entry: JournalEntryView): Generator<Sent>;
  /** Those of an end that was no call: cleanup, the end of the session. */
  ended(): Generator<Buffer>;
}

const seen = function* (packets: Iterable<Buffer>): Generator<Sent> {
  for (const bytes of packets) yield { bytes };
};

const RESET_BY_PEER = ['WSAECONNRESET', 'WSAENETRESET'];
/** conditionalAccept also shows or turns away: then it has created nothing. */
const ACCEPTS = ['accept', 'conditionalAccept'];
const ENDS_SENDING = ['shutdown', 'sendDisconnect'];

class Stream implements Kind {
  readonly #life: SocketLife;
  #flow: TcpFlow | undefined;
  #abortive = false;

  constructor(life: SocketLife) {
    this.#life = life;
  }

  *packetsOf(entry: JournalEntryView): Generator<Sent> {
    const { operation, outcome } = entry;
    if (operation === 'connect') yield* this.#connect(entry);
    else if (ACCEPTS.includes(operation)) yield* this.#accept(entry);
    else if (outcome === 'ok') yield* seen(this.#done(entry));
    else if (RESET_BY_PEER.includes(entry.name ?? '')) yield* seen(this.#known().reset('remote'));
    else if (entry.name === 'WSAECONNABORTED') yield* seen(this.#known().reset('local'));
  }

  *ended(): Generator<Buffer> {
    const { endReason } = this.#life;
    // A close is a call of its own, and in the journal.
    if (endReason === undefined || endReason === 'closed') return;
    const abortive = this.#abortive || endReason === 'lease-expired';
    yield* abortive ? this.#known().reset('local') : this.#known().finish('local');
  }

  *#connect({ outcome, name, localAddress, remoteAddress: to }: JournalEntryView): Generator<Sent> {
    const remoteAddress = endpoint(to);
    if (!remoteAddress || (outcome === 'refused' && !localAddress)) return;
    if (!this.#flow || (outcome === 'ok' && localAddress)) {
      this.#flow ??= new TcpFlow(localOf(localAddress, remoteAddress), remoteAddress);
    }
    const flow = this.#flow;
    if (outcome === 'ok' || name === 'WSAEISCONN') {
      for (const bytes of flow.ask('local')) yield { bytes, began: true };
      yield* seen(flow.open('local'));
    } else if (name === 'WSAECONNREFUSED') yield* seen(flow.refuse('local'));
    else if (['WSAETIMEDOUT', 'WSAEWOULDBLOCK'].includes(name ?? '') || outcome === 'refused') {
      for (const bytes of flow.ask('local')) yield { bytes, began: true };
    }
  }

  /** On the accepted socket the beginning of its life; on the listener one of many. */
  *#accept({ createdSocketId, localAddress, remoteAddress: from }: JournalEntryView): Generator<Sent> {
    const remoteAddress = endpoint(from);
    if (!remoteAddress || createdSocketId === undefined) return;
    const flow = new TcpFlow(localOf(localAddress, remoteAddress), remoteAddress);
    if (createdSocketId === this.#life.socketId) this.#flow = flow;
    yield* seen(flow.open('remote'));
  }

  *#done(entry: JournalEntryView): Generator<Buffer> {
    const { operation, bytesSent = 0, bytesReceived = 0, eof } = entry;
    if (operation === 'setSockOpt') this.#noteLinger(entry);
    const payload = Buffer.from(entry.data?.base64 ?? '', 'base64');
    if (bytesSent > 0) yield* this.#known().data('local', bytesSent, payload);
    // What is only peeked at will be received by another call.
    if (bytesReceived > 0 && !peeks(entry)) yield* this.#known().data('remote', bytesReceived, payload);
    if (eof) yield* this.#known().finish('remote');
    if (ENDS_SENDING.includes(operation) && parameter(entry, 'how') !== 'SD_RECEIVE') {
      yield* this.#known().finish('local');
    }
    if (operation === 'close') {
      yield* this.#abortive ? this.#known().reset('local') : this.#known().finish('local');
    }
  }

  /** SO_LINGER {on, 0}: close resets. */
  #noteLinger(entry: JournalEntryView): void {
    const value = parameter(entry, 'value');
    if (typeof value !== 'object' || value === null || !('linger' in value)) return;
    const { linger } = value;
    if (typeof linger !== 'object' || linger === null) return;
    this.#abortive = 'onoff' in linger && linger.onoff === true && 'linger' in linger && linger.linger === 0;
  }

  /** The flow; where its beginning was dropped from the journal it stands already. */
  #known(): TcpFlow {
    if (this.#flow) return this.#flow;
    const { localAddress, dropped } = this.#life;
    const remoteAddress = endpoint(this.#life.remoteAddress);
    const nowhere = remoteAddress ?? unspecified(this.#life.family);
    this.#flow = new TcpFlow(localOf(localAddress, nowhere), nowhere);
    if (remoteAddress && dropped > 0) this.#flow.join();
    return this.#flow;
  }
}

class Datagrams implements Kind {
  readonly #life: SocketLife;

  constructor(life: SocketLife) {
    this.#life = life;
  }

  *packetsOf(entry: JournalEntryView): Generator<Sent> {
    if (entry.outcome !== 'ok') return;
    const { bytesSent, bytesReceived } = entry;
    const remote = endpoint(entry.remoteAddress ?? this.#life.remoteAddress);
    if (!remote) return;
    const local = localOf(entry.localAddress ?? this.#life.localAddress, remote);
    const payload = (length: number): Buffer => {
      const bytes = Buffer.alloc(length);
      Buffer.from(entry.data?.base64 ?? '', 'base64').copy(bytes);
      return bytes;
    };
    if (bytesSent !== undefined) yield { bytes: udpPacket(local, remote, payload(bytesSent)) };
    if (bytesReceived !== undefined && !peeks(entry)) {
      yield { bytes: udpPacket(remote, local, payload(bytesReceived)) };
    }
  }

  *ended(): Generator<Buffer> {}
}

const peeks = (entry: JournalEntryView): boolean => {
  const flags = parameter(entry, 'flags');
  return Array.isArray(flags) && flags.includes('MSG_PEEK');
};

/** An address that packets have; a call may have named another one, and failed. */
const endpoint = (address: SocketAddress | undefined): InternetAddress | undefined =>
  address && isInternet(address) ? address : undefined;

const unspecified = (family: string): InternetAddress =>
  family === 'AF_INET6'
    ? { family: 'AF_INET6', address: '::', port: 0 }
    : { family: 'AF_INET', address: '0.0.0.0', port: 0 };

/** The local end. Bound to the wildcard it is the remote's address on loopback, where both are this machine. */
const localOf = (local: SocketAddress | undefined, remote: InternetAddress): InternetAddress => {
  const known = endpoint(local) ?? unspecified(remote.family);
  const wildcard = known.address === '0.0.0.0' || known.address === '::';
  const loopback = remote.address.startsWith('127.') || remote.address === '::1';
  return wildcard && loopback ? { ...known, family: remote.family, address: remote.address } : known;
};
