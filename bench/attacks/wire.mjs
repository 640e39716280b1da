import { once } from 'node:events';
import net from 'node:net';

const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * @typedef {object} Answer
 * @property {number | 'cut'} status `cut`: the connection ended before the answer was complete
 * @property {Buffer} body
 */

/**
 * One HTTP/1.1 connection of an attacker: it pipelines requests without waiting for answers, and may never
 * read answers. A client library would wait, read and reconnect.
 */
export class Wire {
  #socket;
  #waiting = /** @type {((answer: Answer) => void)[]} */ ([]);
  #received = new Pieces();
  #bodyBytes = -1;
  #status = 0;
  closed = false;

  /**
   * @param {number} port
   * @param {{ reads?: boolean }} [options] reads: false for a connection that is never read
   */
  constructor(port, { reads = true } = {}) {
    this.#socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => this.#end());
    if (reads) this.#socket.on('data', (chunk) => this.#read(chunk));
  }

  /** Resolves when the connect has succeeded or failed. */
  async connected() {
    if (this.closed || !this.#socket.connecting) return;
    await Promise.race([once(this.#socket, 'connect'), once(this.#socket, 'close')]).catch(() => undefined);
  }

  /** @param {Buffer} bytes */
  write(bytes) {
    if (!this.closed) this.#socket.write(bytes);
  }

  /**
   * @param {Buffer} request
   * @returns {Promise<Answer>}
   */
  ask(request) {
    if (this.closed) return Promise.resolve(CUT);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#socket.write(request);
    });
  }

  /** Ends it as a killed client does whose answers were not read: with a reset. */
  reset() {
    this.#socket.resetAndDestroy();
  }

  #end() {
    this.closed = true;
    for (const resolve of this.#waiting.splice(0)) resolve(CUT);
  }

  /** @param {Buffer} chunk */
  #read(chunk) {
    this.#received.add(chunk);
    while (this.#readHead() && this.#received.length >= this.#bodyBytes) {
      const body = this.#received.take(this.#bodyBytes);
      this.#bodyBytes = -1;
      this.#waiting.shift()?.({ status: this.#status, body });
    }
  }

  /**
   * Whether the head of the next answer has arrived. Every answer of the daemon has a length, except event
   * streams, which are not requested here.
   */
  #readHead() {
    if (this.#bodyBytes >= 0) return true;
    const all = this.#received.joined();
    const end = all.indexOf(HEAD_END);
    if (end < 0) return false;
    const head = this.#received.take(end + HEAD_END.length).toString('latin1');
    this.#status = Number(head.slice(9, 12));
    this.#bodyBytes = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
    return true;
  }
}

/** @type {Answer} */
const CUT = { status: 'cut', body: Buffer.alloc(0) };

/** Received chunks, joined only when they are read. */
class Pieces {
  #pieces = /** @type {Buffer[]} */ ([]);
  length = 0;

  /** @param {Buffer} piece */
  add(piece) {
    this.#pieces.push(piece);
    this.length += piece.length;
  }

  joined() {
    const all = this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces);
    this.#pieces = [all];
    return all;
  }

  /** @param {number} bytes */
  take(bytes) {
    const all = this.joined();
    this.#pieces = [all.subarray(bytes)];
    this.length -= bytes;
    return all.subarray(0, bytes);
  }
}
