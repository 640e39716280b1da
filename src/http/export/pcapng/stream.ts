import { sameAddress } from '../../../winsock/addresses.js';
import {
  capturedOf,
  type Entry,
  happened,
  hasFlag,
  parameter,
  type SocketLife,
  wentBack,
} from '../socket-life.js';
import { endpoint, localOf, unspecified } from './local-end.js';
import type { Packet } from './packets.js';
import type { CallPacket, PacketSource } from './sent-packet.js';
import { TcpFlow } from './tcp-flow.js';

const seen = function* (packets: Iterable<Packet>): Generator<CallPacket> {
  for (const packet of packets) yield { packet };
};

const RESET_BY_PEER = ['WSAECONNRESET', 'WSAENETRESET'];
const NOTHING = new Uint8Array();

/** A stream socket: its connection, or of a listener those that came to it. */
export class Stream implements PacketSource {
  readonly #life: SocketLife;
  #flow: TcpFlow | undefined;
  #attempts = 0;

  constructor(life: SocketLife) {
    this.#life = life;
  }

  *packetsOf(entry: Entry): Generator<CallPacket> {
    const { does } = entry.op;
    const how = happened(entry);
    if (how === 'reset') yield* seen(this.#known().reset('local'));
    if (how !== 'done' && how !== 'failed') return;
    if (does === 'connects') yield* this.#connect(entry, how);
    else if (does === 'accepts') yield* this.#accept(entry);
    else {
      // A connect that nobody waited for has ended meanwhile.
      if (this.#flow?.isAsked && entry.stateAfter === 'connected') yield* seen(this.#flow.open('local'));
      yield* seen(how === 'done' ? this.#done(entry) : this.#failed(entry));
    }
  }

  *ended(): Generator<Packet> {
    // A close is a call of its own, and in the journal.
    if (this.#life.endReason !== 'closed') yield* this.#end();
  }

  *#connect(entry: Entry, how: 'done' | 'failed'): Generator<CallPacket> {
    const { name, stateAfter } = entry;
    const answered = how === 'done' || name === 'WSAEISCONN';
    const lost = RESET_BY_PEER.includes(name ?? '');
    const refused = name === 'WSAECONNREFUSED';
    if (!answered && !lost && !refused && name !== 'WSAETIMEDOUT' && stateAfter !== 'connecting') return;
    const flow = this.#attempt(entry);
    if (!flow) return;
    if (refused) yield* seen(flow.refuse('local'));
    for (const packet of refused ? [] : flow.ask('local')) yield { packet, began: true };
    if (answered || lost) yield* seen(flow.open('local'));
    if (lost) yield* seen(flow.reset('remote'));
  }

  /** The flow of a connect: that of the attempt under way, or a new one. */
  #attempt({ localAddress, remoteAddress: to, stateBefore }: Entry): TcpFlow | undefined {
    const remoteAddress = endpoint(to);
    const flow = this.#flow;
    if (flow?.wasOpen || !remoteAddress) return flow;
    if (flow?.isAsked && (stateBefore === 'connecting' || sameAddress(flow.remote, remoteAddress)))
      return flow;
    const local = localOf(localAddress ?? this.#life.localAddress, remoteAddress);
    this.#flow = new TcpFlow(local, remoteAddress, this.#attempts++);
    return this.#flow;
  }

  /** On the accepted socket the beginning of its life; on the listener one of many. An offer that is only shown is none. */
  *#accept(entry: Entry): Generator<CallPacket> {
    const { createdSocketId, localAddress } = entry;
    const remoteAddress = endpoint(entry.remoteAddress);
    const rejects = parameter(entry, 'condition') === 'CF_REJECT' && entry.outcome === 'ok';
    if (!remoteAddress || wentBack(entry) || (createdSocketId === undefined && !rejects)) return;
    const flow = new TcpFlow(localOf(localAddress ?? this.#life.localAddress, remoteAddress), remoteAddress);
    if (createdSocketId === this.#life.socketId) this.#flow = flow;
    yield* seen(flow.open('remote'));
    if (rejects) yield* seen(flow.reset('local'));
  }

  *#done(entry: Entry): Generator<Packet> {
    const { op, bytesSent = 0, bytesReceived = 0, eof } = entry;
    const urgent = hasFlag(entry, 'MSG_OOB');
    if (bytesSent > 0) {
      yield* this.#known().data('local', bytesSent, capturedOf(entry, bytesSent), urgent);
    }
    // What is only looked at, or went back, is received by another call.
    if (!wentBack(entry) && !hasFlag(entry, 'MSG_PEEK')) {
      if (bytesReceived > 0) {
        yield* this.#known().data('remote', bytesReceived, capturedOf(entry, bytesReceived), urgent);
      }
      if (eof) yield* this.#known().finish('remote');
    }
    if (op.does === 'endsSending' && parameter(entry, 'how') !== 'SD_RECEIVE') {
      yield* this.#known().finish('local');
    }
    if (op.closes) yield* this.#end();
  }

  *#failed({ name = '' }: Entry): Generator<Packet> {
    if (RESET_BY_PEER.includes(name)) yield* this.#known().reset('remote');
    else if (name === 'WSAECONNABORTED') {
      // Also the code of a reset by a peer that had ended before.
      const flow = this.#known();
      yield* flow.reset(flow.hasFinished('remote') ? 'remote' : 'local');
    }
  }

  /** The end of the socket, where it was the end of the connection. */
  *#end(): Generator<Packet> {
    const { connectionEnd, unreadBytes = 0 } = this.#life;
    if (connectionEnd === undefined) return;
    if (this.#flow?.isAsked) yield* this.#flow.open('local');
    yield* this.#known().data('remote', unreadBytes, NOTHING);
    yield* connectionEnd === 'reset' ? this.#known().reset('local') : this.#known().finish('local');
  }

  /** The flow; where this journal has not its beginning it stands already. */
  #known(): TcpFlow {
    if (this.#flow) return this.#flow;
    const { remoteAddress, localAddress, family } = this.#life;
    const remote = endpoint(remoteAddress) ?? unspecified(family);
    this.#flow = new TcpFlow(localOf(localAddress, remote), remote);
    this.#flow.join();
    return this.#flow;
  }
}
