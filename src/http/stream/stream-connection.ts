import { type Answer, isRefusal } from '../../daemon/answers/answer.js';
import type { HeldSocket, SocketSupply } from '../../operations/pump/held-socket.js';
import { pumpBytes, type Sink } from '../../operations/pump/pump.js';
import { wsaNameOf } from '../../winsock/errors.js';
import { IDLE_MS } from '../bytes/bytes-definitions.js';
import { IdleLimit } from '../bytes/idle-limit.js';
import type { ThriftyLog } from '../gates/thrifty-log.js';
import type { KeptBytes } from '../memory/kept-bytes.js';
import { CLOSE, type OpenWebSocket } from '../websocket/web-sockets.js';
import { ClientMessages } from './client-messages.js';
import { ClientSink } from './client-sink.js';
import { type CloseWith, type Command, readCommand, wrongMessage } from './command.js';

/** The client is told how many of its bytes were taken whenever so many more were. */
const SENT_EVERY = 256 * 1024;

/** The code of `ws` for a connection that ended without a close frame of the client. */
const NO_CLOSE_FRAME = 1006;

/** The parts of the edge that StreamConnection uses. */
export interface StreamParts extends Pick<SocketSupply, 'clock'> {
  readonly kept: KeptBytes;
  readonly lines: ThriftyLog;
  /** The most values of one text message. */
  readonly bodyValues: number;
}

type Unsuccessful = Exclude<Answer<unknown>, { ok: true }>;

/**
 * A stream: the bytes of binary messages go to a socket, what the socket receives goes to the client as binary
 * messages, and text messages are commands and reports.
 */
export class StreamConnection {
  readonly #open: OpenWebSocket;
  readonly #held: HeldSocket;
  readonly #parts: StreamParts;
  readonly #messages: ClientMessages;
  readonly #client: ClientSink;
  /** Whether the socket ends with the WebSocket. */
  #closesSocket: boolean;
  #sent = 0;
  #isReceivingOver = false;
  #isEnded = false;
  /** Ends what is still sent after the close, when the peer takes nothing. */
  #idle: IdleLimit | undefined;

  constructor(open: OpenWebSocket, held: HeldSocket, closesSocket: boolean, parts: StreamParts) {
    const { ws, owner, socket } = open;
    const { kept } = parts;
    this.#open = open;
    this.#held = held;
    this.#closesSocket = closesSocket;
    this.#parts = parts;
    this.#messages = new ClientMessages(ws, kept.of(owner).account);
    this.#client = new ClientSink(ws, socket, () => kept.holdAnswer({ owner, raw: { socket } }));
    held.sink.onSent = (bytes) => this.#tellSent(bytes);
    ws.once('close', (code) => this.#closed(code));
    this.#client.tell({ type: 'opened', ...held.addresses });
    this.#receive().catch(this.#failedByBug);
    this.#send().catch(this.#failedByBug);
  }

  /** From the socket to the client. */
  async #receive(): Promise<void> {
    const received = await pumpBytes(this.#held.source, this.#client);
    const last = received.ok ? await this.#held.disconnectData() : received;
    // Otherwise the end of the WebSocket has ended the receives, and is still to be handled.
    if (this.#open.ws.readyState !== this.#open.ws.OPEN) return;
    if (!last.ok) {
      this.#failed(last);
      return;
    }
    this.#client.tell({ type: 'end', ...last.value });
    this.#isReceivingOver = true;
    this.#closeIfBothEnded();
  }

  /** From the client to the socket: the bytes, and the commands between them. */
  async #send(): Promise<void> {
    for (;;) {
      const taken = await pumpBytes(this.#messages, this.#sink);
      if (!taken.ok) return this.#failed(taken);
      const text = this.#messages.takeText();
      if (text === undefined) return this.#end();
      const command = readCommand(text, this.#parts.bodyValues);
      if ('code' in command) return this.#close(command);
      await this.#obey(command);
    }
  }

  readonly #sink: Sink = {
    write: (bytes) => {
      // The write then finds that the stream has ended.
      if (this.#held.isSendingOver) this.#close(wrongMessage('Bytes came after sending was shut down.'));
      return this.#held.sink.write(bytes);
    },
  };

  async #obey({ type, params }: Command): Promise<void> {
    if (type === 'reset') {
      this.#closesSocket = true;
      this.#close({ code: CLOSE.done, reason: '' });
      return;
    }
    const ended = await (type === 'shutdown' ? this.#held.shutdown() : this.#held.sendDisconnect(params));
    if (ended.ok) this.#closeIfBothEnded();
    else this.#failed(ended);
  }

  #tellSent(bytes: number): void {
    const before = Math.floor(this.#sent / SENT_EVERY);
    this.#sent += bytes;
    if (Math.floor(this.#sent / SENT_EVERY) > before) this.#client.tellSent(this.#sent);
  }

  #closeIfBothEnded(): void {
    if (this.#isReceivingOver && this.#held.isSendingOver) this.#close({ code: CLOSE.done, reason: '' });
  }

  #failed(answer: Unsuccessful): void {
    this.#close(closeAfter(answer));
  }

  readonly #failedByBug = (err: unknown): void => {
    const { owner, requestId } = this.#open;
    this.#parts.lines.write('error', owner, { err, requestId }, 'request failed by a bug');
    this.#close({ code: CLOSE.bug, reason: 'The daemon has a bug; see its log.' });
  };

  #close({ code, reason }: CloseWith): void {
    if (this.#isEnded) return;
    this.#open.ws.close(code, reason);
    this.#end();
  }

  /** The WebSocket has closed. What came before the close frame of the client is still sent. */
  #closed(code: number): void {
    if (this.#isEnded) return;
    if (code === NO_CLOSE_FRAME || this.#closesSocket) {
      this.#end();
      return;
    }
    this.#held.endReceiving();
    this.#messages.end();
    // The client is not there any more to give up on a peer that takes nothing.
    const sending = { isAwaited: () => true, moved: () => this.#held.bytesSent };
    this.#idle = new IdleLimit(this.#parts.clock, IDLE_MS, sending, () => this.#end());
  }

  /** Gives the socket back to clients, or ends it. */
  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#idle?.stop();
    this.#messages.drop();
    this.#held.end();
    if (!this.#closesSocket) return;
    const bothEnded = this.#isReceivingOver && this.#held.isSendingOver;
    // A reset could take bytes away from the peer that it has not received yet.
    (bothEnded ? this.#held.close() : this.#held.reset()).catch(this.#failedByBug);
  }
}

/** The close that tells a client what has failed. */
const closeAfter = (answer: Unsuccessful): CloseWith => {
  if (!isRefusal(answer)) {
    const name = wsaNameOf(answer.code);
    return { code: CLOSE.failed, reason: name === undefined ? `${answer.code}` : `${answer.code} ${name}` };
  }
  switch (answer.refusal) {
    case 'draining':
      return { code: CLOSE.draining, reason: 'The daemon is stopping.' };
    case 'validation':
      return wrongMessage('disconnectData is a buffer, with base64 or text.');
    default:
      return { code: CLOSE.failed, reason: answer.refusal };
  }
};
