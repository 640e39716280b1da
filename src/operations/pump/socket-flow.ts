import { type Answer, isRefusal } from '../../daemon/answers/answer.js';
import type { Refusal } from '../../daemon/answers/refusals.js';
import type { Lane } from '../../daemon/calls/lane.js';
import type { Pump } from '../../daemon/calls/pump.js';
import { PieceRoom, type PieceRooms } from '../../daemon/memory/piece-rooms.js';
import type { Socket } from '../../daemon/sockets/socket.js';
import type { Clock } from '../../daemon/waiting/clock.js';
import { fail, ok } from '../../winsock/outcome.js';
import type { Dispatch } from '../dispatch/dispatch.js';
import type { ClientConnection, Reply } from '../dispatch/reply.js';
import type { AnyOperation } from '../operation.js';
import { RawBytes } from '../schemas/raw-bytes.js';
import { recv } from '../transfer/recv.js';
import { send } from '../transfer/send.js';
import type { Sent } from '../transfer/send-all.js';
import { PIECE_BYTES, type Piece, type Sink, type Source } from './pump.js';
import { PumpClient } from './pump-client.js';

export type { Socket };

/** What the flows of a pump have in common. */
export interface FlowParts {
  readonly dispatch: Dispatch;
  readonly clock: Pick<Clock, 'setTimeout' | 'setImmediate'>;
  readonly owner: string;
  /** The id of the request that began the pump: the journal shows it at each call. */
  readonly requestId: string;
  readonly pump: Pump;
  /** Keeps the lease of the session between calls too, until it is closed. */
  readonly connection?: ClientConnection | undefined;
  /** The limit of each call; with it, a call that moves no byte for so long ends with WSAETIMEDOUT. */
  readonly timeoutMs?: number | undefined;
  /** The buffers of pieces, used again when a piece is settled. */
  readonly rooms: PieceRooms;
}

/** How often a source without room for bytes looks for it; more and more seldom. */
const LOOK_AFTER_MS = { least: 50, most: 1000 };

/** One direction of a socket as the source or the sink of a pump: every call goes through dispatch. */
class SocketFlow {
  readonly socket: Socket;
  readonly #parts: FlowParts;
  readonly #lane: Lane;
  protected readonly client: PumpClient;
  readonly #faults = new Set<string>();
  #native = 0;
  #wait = 0;

  constructor(socket: Socket, lane: Lane, parts: FlowParts, room?: PieceRoom) {
    this.socket = socket;
    this.#parts = parts;
    this.#lane = lane;
    this.client = new PumpClient(parts.pump, parts.connection, room);
  }

  get isEnded(): boolean {
    return this.client.gone;
  }

  /** The times of all its calls together, and the ids of the faults that acted on them. */
  get record(): Pick<Reply, 'timing' | 'faults'> {
    return { timing: { native: this.#native, wait: this.#wait }, faults: [...this.#faults] };
  }

  protected get clock(): FlowParts['clock'] {
    return this.#parts.clock;
  }

  /** Takes the lane; the refusal: a call or another pump has it. */
  hold(): Refusal | undefined {
    return this.#lane.hold(this.#parts.pump);
  }

  /** Ends the call under way with WSA_OPERATION_ABORTED, and gives the lane back to clients. */
  end(): void {
    this.client.leave();
    this.#lane.release(this.#parts.pump);
  }

  protected async call(op: AnyOperation, own: object): Promise<Reply> {
    const { dispatch, owner, requestId, timeoutMs } = this.#parts;
    const { id: socketId } = this.socket;
    const params = { socketId, ...own, ...(timeoutMs !== undefined && { timeoutMs }) };
    const reply = await dispatch(op, { owner, params, client: this.client, requestId });
    this.#native += reply.timing.native;
    this.#wait += reply.timing.wait;
    for (const id of reply.faults ?? []) this.#faults.add(id);
    return reply;
  }
}

/** What a stream socket receives. */
export class SocketSource extends SocketFlow implements Source {
  readonly #room: PieceRoom;
  #hasRead = false;

  constructor(socket: Socket, parts: FlowParts) {
    const room = new PieceRoom(parts.rooms);
    super(socket, socket.lanes.recv, parts, room);
    this.#room = room;
  }

  /** @param most the most bytes to take, at most PIECE_BYTES */
  async read(most = PIECE_BYTES): Promise<Answer<Piece>> {
    const room = this.#room;
    // A peer that always has bytes ready would leave the event loop no time for anything else.
    if (this.#hasRead) await new Promise<void>((resolve) => this.clock.setImmediate(resolve));
    this.#hasRead = true;
    for (;;) {
      if (!this.#mayReceive(most)) await this.#untilRoom(most);
      if (this.isEnded) return ENDED;
      const { answer, settle: settleCall } = await this.call(recv, { maxBytes: most });
      // What goes back to the socket keeps its buffer; a call that failed may have put bytes back, too.
      if (!answer.ok) room.leave();
      const settle = (taken: boolean): void => {
        if (taken) room.release();
        else room.leave();
        settleCall(taken);
      };
      if (answer.ok) {
        // The result is that of a receive by a pump.
        const { data, eof } = answer.value as { data: unknown; eof: boolean };
        return ok({ bytes: data instanceof RawBytes ? data.bytes : NO_BYTES, eof, settle });
      }
      settle(true);
      // Others may have taken the room while the call waited for bytes.
      if (!hasNoRoom(answer)) return answer;
    }
  }

  /** Whether a receive has room for its bytes, or ends without. Bytes that went back have their room. */
  #mayReceive(most: number): boolean {
    const { underlying, inbound, ending } = this.socket;
    return underlying.account.fits(most) || inbound.heldBytes > 0 || ending !== undefined;
  }

  /** Waits outside the calls, which the journal would show. The bytes stay in the system, which holds up the peer. */
  async #untilRoom(most: number): Promise<void> {
    let ms = LOOK_AFTER_MS.least;
    while (!this.isEnded && !this.#mayReceive(most)) {
      await new Promise<void>((resolve) => this.clock.setTimeout(ms, resolve));
      ms = Math.min(ms * 2, LOOK_AFTER_MS.most);
    }
  }
}

/** What a stream socket sends. */
export class SocketSink extends SocketFlow implements Sink {
  /** Gets the number of bytes that each send has taken, those of pieces that failed later too. */
  onSent: (bytes: number) => void = () => {};

  constructor(socket: Socket, parts: FlowParts) {
    super(socket, socket.lanes.send, parts);
  }

  /** Sends all bytes; a send that took a part, because of a fault or its end, is followed by another one. */
  async write(bytes: Buffer): Promise<Answer<unknown>> {
    for (let left = bytes; ; ) {
      if (this.isEnded) return ENDED;
      const { answer, settle } = await this.call(send, { data: new RawBytes(left) });
      settle(true);
      if (!answer.ok) return answer;
      // The result of send.
      const { bytesSent, endedBy } = answer.value as Sent;
      this.onSent(bytesSent);
      left = left.subarray(bytesSent);
      if (endedBy) return endedBy;
      if (left.length === 0) return answer;
      // Many short sends would leave the event loop no time for anything else.
      await new Promise<void>((resolve) => this.clock.setImmediate(resolve));
    }
  }
}

const NO_BYTES = Buffer.alloc(0);

/** The answer of a flow that has ended; it makes no more calls. */
const ENDED = fail('WSA_OPERATION_ABORTED', 'pump', { detail: 'the pump has ended.' });

/** Whether a receive was refused because too many bytes are kept for clients. */
const hasNoRoom = (answer: Answer<never>): boolean =>
  isRefusal(answer) && (answer.refusal === 'quota' || answer.refusal === 'overloaded');
