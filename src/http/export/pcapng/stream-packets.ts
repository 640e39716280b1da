import { sameAddress } from '../../../winsock/addresses.js';
import {
  capturedBytes,
  type Entry,
  effectOf,
  hasFlag,
  parameter,
  type SocketLife,
  wentBack,
} from '../socket-life.js';
import { endpoint, localOf, unspecified } from './local-end.js';
import type { CallPacket, PacketSource } from './packet-source.js';
import type { Packet } from './packets.js';
import { TcpFlow } from './tcp-flow.js';

const callPackets = function* (packets: Iterable<Packet>): Generator<CallPacket> {
  for (const packet of packets) yield { packet };
};

const RESET_BY_PEER = ['WSAECONNRESET', 'WSAENETRESET'];
const NOTHING = new Uint8Array();

/** The packets of a stream socket: of its connection, or of the connections to a listener. */
export class StreamPackets implements PacketSource {
  readonly #life: SocketLife;
  #flow: TcpFlow | undefined;
  #attempts = 0;

  constructor(life: SocketLife) {
    this.#life = life;
  }

  *packetsOf(entry: Entry): Generator<CallPacket> {
    const { does } = entry.op;
    const how = effectOf(entry);
    if (how === 'reset') yield* callPackets(this.#openFlow().reset('local'));
    if (how !== 'done' && how !== 'failed') return;
    if (does === 'connects') yield* this.#connect(entry, how);
    else if (does === 'accepts') yield* this.#accept(entry);
    else {
      // A non-blocking connect has succeeded since the call before this one.
      if (this.#flow?.isConnecting && entry.stateAfter === 'connected')
        yield* callPackets(this.#flow.open('local'));
      yield* callPackets(how === 'done' ? this.#done(entry) : this.#failed(entry));
    }
  }

  *ended(): Generator<Packet> {
    // A close is an entry of the journal, which has already made these packets.
    if (this.#life.endReason !== 'closed') yield* this.#end();
  }

  *#connect(entry: Entry, how: 'done' | 'failed'): Generator<CallPacket> {
    const { name, stateAfter } = entry;
    const accepted = how === 'done' || name === 'WSAEISCONN';
    const lost = RESET_BY_PEER.includes(name ?? '');
    const refused = name === 'WSAECONNREFUSED';
    if (!accepted && !lost && !refused && name !== 'WSAETIMEDOUT' && stateAfter !== 'connecting') return;
    const flow = this.#attempt(entry);
    if (!flow) return;
    if (refused) yield* callPackets(flow.refuse('local'));
    for (const packet of refused ? [] : flow.sendSyn('local')) yield { packet, began: true };
    if (accepted || lost) yield* callPackets(flow.open('local'));
    if (lost) yield* callPackets(flow.reset('remote'));
  }

  /** The flow of a connect: that of the pending attempt, or a new one. */
  #attempt({ localAddress, remoteAddress: to, stateBefore }: Entry): TcpFlow | undefined {
    const remoteAddress = endpoint(to);
    const flow = this.#flow;
    if (flow?.wasOpen || !remoteAddress) return flow;
    if (flow?.isConnecting && (stateBefore === 'connecting' || sameAddress(flow.remote, remoteAddress)))
      return flow;
    const local = localOf(localAddress ?? this.#life.localAddress, remoteAddress);
    this.#flow = new TcpFlow(local, remoteAddress, this.#attempts++);
    return this.#flow;
  }

  /**
   * The handshake of an accepted connection, in the journal of the accepted socket and of the listener. An
   * offer that was only shown makes none.
   */
  *#accept(entry: Entry): Generator<CallPacket> {
    const { createdSocketId, localAddress } = entry;
    const remoteAddress = endpoint(entry.remoteAddress);
    const rejects = parameter(entry, 'condition') === 'CF_REJECT' && entry.outcome === 'ok';
    if (!remoteAddress || wentBack(entry) || (createdSocketId === undefined && !rejects)) return;
    const flow = new TcpFlow(localOf(localAddress ?? this.#life.localAddress, remoteAddress), remoteAddress);
    if (createdSocketId === this.#life.socketId) this.#flow = flow;
    yield* callPackets(flow.open('remote'));
    if (rejects) yield* callPackets(flow.reset('local'));
  }

  *#done(entry: Entry): Generator<Packet> {
    const { op, bytesSent = 0, bytesReceived = 0, eof } = entry;
    const urgent = hasFlag(entry, 'MSG_OOB');
    if (bytesSent > 0) {
      yield* this.#openFlow().data('local', bytesSent, capturedBytes(entry, bytesSent), urgent);
    }
    // Bytes that were peeked at, or went back to the socket, are received by a later call.
    if (!wentBack(entry) && !hasFlag(entry, 'MSG_PEEK')) {
      if (bytesReceived > 0) {
        yield* this.#openFlow().data('remote', bytesReceived, capturedBytes(entry, bytesReceived), urgent);
      }
      if (eof) yield* this.#openFlow().finish('remote');
    }
    if (op.does === 'endsSending' && parameter(entry, 'how') !== 'SD_RECEIVE') {
      yield* this.#openFlow().finish('local');
    }
    if (op.closes) yield* this.#end();
  }

  *#failed({ name = '' }: Entry): Generator<Packet> {
    if (RESET_BY_PEER.includes(name)) yield* this.#openFlow().reset('remote');
    else if (name === 'WSAECONNABORTED') {
      // It is also the code of a reset by a peer that had ended its sending side before.
      const flow = this.#openFlow();
      yield* flow.reset(flow.hasFinished('remote') ? 'remote' : 'local');
    }
  }

  /** The end of the socket, if that ended the connection. */
  *#end(): Generator<Packet> {
    const { connectionEnd, unreadBytes = 0 } = this.#life;
    if (connectionEnd === undefined) return;
    if (this.#flow?.isConnecting) yield* this.#flow.open('local');
    yield* this.#openFlow().data('remote', unreadBytes, NOTHING);
    yield* connectionEnd === 'reset' ? this.#openFlow().reset('local') : this.#openFlow().finish('local');
  }

  /** The flow. If the journal does not have its beginning, it is assumed to be open. */
  #openFlow(): TcpFlow {
    if (this.#flow) return this.#flow;
    const { remoteAddress, localAddress, family } = this.#life;
    const remote = endpoint(remoteAddress) ?? unspecified(family);
    this.#flow = new TcpFlow(localOf(localAddress, remote), remote);
    this.#flow.assumeOpen();
    return this.#flow;
  }
}
