import { once } from 'node:events';
import net from 'node:net';

const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * @typedef {object} Answer
 * @property {number | 'cut'} status `cut`: the connection ended before the answer had come
 * @property {Buffer} body
 */

/**
 * One HTTP/1.1 connection as an attacker uses it: requests one behind the other without waiting for answers, answers
 * that are never read. A client library would wait, read and repair.
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
   * @param {{ reads?: boolean }} [options] reads: false for one that never takes an answer from the system
   */
  constructor(port, { reads = true } = {}) {
    this.#socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => this.#end());
    if (reads) this.#socket.on('data', (chunk) => this.#read(chunk));
  }

  /** Resolves once the system has connected it, or when that has failed. */
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

  /** Whether the head of the next answer is there. Every answer of the daemon has its length; an event stream is not asked for. */
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

/** What has arrived, joined only when it is looked at. */
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
