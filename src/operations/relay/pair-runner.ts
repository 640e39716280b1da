import type { Answer } from '../../daemon/answers/answer.js';
import { refuse } from '../../daemon/answers/refusals.js';
import type { Pump } from '../../daemon/calls/pump.js';
import type { Daemon } from '../../daemon/daemon.js';
import type { RelayEnd } from '../../daemon/faults/fault-rule.js';
import type { Pair } from '../../daemon/relays/pair.js';
import type { Relay } from '../../daemon/relays/relay.js';
import type { Socket } from '../../daemon/sockets/socket.js';
import { ok } from '../../winsock/outcome.js';
import { connect } from '../connection/connect.js';
import { shutdown } from '../connection/shutdown.js';
import type { AnyOperation } from '../operation.js';
import { pumpBytes } from '../pump/pump.js';
import { PumpClient } from '../pump/pump-client.js';
import { type FlowParts, SocketSink, SocketSource } from '../pump/socket-flow.js';
import { close } from '../sockets/close.js';
import { socket as openSocket } from '../sockets/socket.js';

/** What the pairs of one relay have in common. */
export interface PairParts extends Omit<FlowParts, 'pump'> {
  readonly relay: Relay;
  readonly daemon: Daemon;
  /** How long to wait before what had no room is tried again. */
  readonly retryMs: number;
}

const PUMP: Pump = { name: 'a relay', leavesLease: true };

/** One end of a pair: what it receives and what it sends. */
interface End {
  readonly source: SocketSource;
  readonly sink: SocketSink;
}

/** Connects one accepted connection to the upstream address, and moves the bytes of both directions. */
export class PairRunner {
  readonly #pair: Pair;
  readonly #parts: PairParts;
  readonly #flowParts: FlowParts;

  constructor(pair: Pair, parts: PairParts) {
    this.#pair = pair;
    this.#parts = parts;
    this.#flowParts = { ...parts, pump: PUMP };
  }

  async run(accepted: Socket): Promise<void> {
    const { relay } = this.#parts;
    // At once: no other call comes before.
    const client = this.#hold(accepted, 'client');
    const upstream = client.ok ? await this.#connected() : client;
    if (!upstream.ok || !client.ok) {
      if (!upstream.ok) relay.resetPair(this.#pair, upstream);
      return;
    }
    await Promise.all([
      this.#move(client.value.source, upstream.value.sink),
      this.#move(upstream.value.source, client.value.sink),
    ]);
    // Together: each may linger.
    const closed = await Promise.all(
      this.#pair.sockets.map(({ id: socketId }) => this.#call(close, { socketId })),
    );
    const failed = closed.find((answer) => !answer.ok);
    if (failed?.ok === false) relay.resetPair(this.#pair, failed);
    else relay.closePair(this.#pair);
  }

  /** Moves the bytes of one direction, then its end. A failure resets the pair, which ends the other one. */
  async #move(source: SocketSource, sink: SocketSink): Promise<void> {
    const { relay } = this.#parts;
    const moved = await pumpBytes(source, sink);
    const ended = moved.ok ? await this.#call(shutdown, { socketId: sink.socket.id, how: 'SD_SEND' }) : moved;
    if (!ended.ok) relay.resetPair(this.#pair, ended);
  }

  /** A socket that is connected to the upstream address. */
  async #connected(): Promise<Answer<End>> {
    const { relay } = this.#parts;
    const opened = await this.#opened();
    if (!opened.ok) return opened;
    relay.join(this.#pair, 'upstream', opened.value);
    const end = this.#hold(opened.value, 'upstream');
    if (!end.ok) return end;
    const { upstream: address, connectTimeoutMs: timeoutMs } = relay.settings;
    const connected = await this.#call(connect, { socketId: opened.value.id, address, timeoutMs });
    return connected.ok ? end : connected;
  }

  /** Opens a socket, when the owner may have one more. */
  async #opened(): Promise<Answer<Socket>> {
    const { relay, daemon, clock, owner, retryMs } = this.#parts;
    while (daemon.sockets.roomOf(owner) < 1 && this.#pair.state === 'open') {
      await new Promise<void>((resolve) => clock.setTimeout(retryMs, resolve));
    }
    const { catalogEntryId } = relay.settings;
    const opened = await this.#call(openSocket, { sessionId: relay.listener.session.id, catalogEntryId });
    if (!opened.ok) return opened;
    // The result of socket.
    const { socketId } = opened.value as { socketId: string };
    const found = daemon.sockets.find(socketId);
    return found ? ok(found) : refuse('session-ended', 'The session has ended meanwhile.');
  }

  #hold(socket: Socket, end: RelayEnd): Answer<End> {
    const { relay } = this.#parts;
    const source = new SocketSource(socket, this.#flowParts);
    const sink = new SocketSink(socket, this.#flowParts);
    sink.onSent = (bytes) => relay.moved(this.#pair, end, bytes);
    return source.hold() ?? sink.hold() ?? ok({ source, sink });
  }

  async #call(op: AnyOperation, params: Readonly<Record<string, unknown>>): Promise<Answer<object>> {
    const { dispatch, owner, requestId } = this.#parts;
    const { answer, settle } = await dispatch(op, { owner, params, client: new PumpClient(PUMP), requestId });
    settle(true);
    return answer;
  }
}
