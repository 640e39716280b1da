import { Wire } from './wire.mjs';

/** @typedef {import('./wire.mjs').Answer} Answer */

/** The daemon for an attack: its port, the tokens, and how long to run. */
export class Target {
  #shared = new Map();
  #ends;
  #tokens;
  /** The number of answers by status. */
  answers = /** @type {Record<string, number>} */ ({});

  /** @param {{ port: number, tokens: string[], seconds: number }} options */
  constructor({ port, tokens, seconds }) {
    this.port = port;
    this.#tokens = tokens;
    this.#ends = performance.now() + seconds * 1000;
  }

  get timeLeft() {
    return performance.now() < this.#ends;
  }

  /** @param {number} ms at most; it also ends with the time of the attack */
  async rest(ms) {
    await new Promise((resolve) =>
      setTimeout(resolve, Math.max(0, Math.min(ms, this.#ends - performance.now()))),
    );
  }

  /**
   * The bytes of a request.
   *
   * @param {string} method
   * @param {string} path
   * @param {{ body?: string | object, owner?: number }} [options] body: an object is sent as JSON; owner:
   *   the index of the token, default the first; -1 for none
   */
  request(method, path, { body = '', owner = 0 } = {}) {
    const content = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    const lines = [`${method} ${path} HTTP/1.1`, `Host: 127.0.0.1:${this.port}`];
    if (owner >= 0) lines.push(`Authorization: Bearer ${this.#tokens[owner]}`);
    if (content.length > 0) lines.push('Content-Type: application/json');
    if (method !== 'GET') lines.push(`Content-Length: ${content.length}`);
    return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), content]);
  }

  /** @param {{ reads?: boolean }} [options] */
  connect(options) {
    return new Wire(this.port, options);
  }

  /** @param {Answer} answer */
  count({ status }) {
    this.answers[status] = (this.answers[status] ?? 0) + 1;
  }

  /**
   * Repeats requests until the time is over, and counts the answers: one pending batch on each of `wires`
   * connections, which are replaced when the daemon closes them.
   *
   * @param {() => Buffer} next the next request
   * @param {{ wires?: number, deep?: number, most?: number }} [options] deep: requests in a row before their
   *   answers are awaited; most: requests in all
   */
  async repeat(next, { wires = 1, deep = 1, most = Infinity } = {}) {
    let left = most;
    const one = async () => {
      let wire = this.connect();
      while (this.timeLeft && left > 0) {
        if (wire.closed) wire = this.connect();
        const row = Array.from({ length: Math.min(deep, left) }, next);
        left -= row.length;
        for (const answer of await Promise.all(row.map((request) => wire.ask(request)))) this.count(answer);
        // Lets other work run even when every connection is refused at once.
        if (wire.closed) await this.rest(1);
      }
    };
    await Promise.all(Array.from({ length: wires }, one));
  }

  /**
   * Makes one request on a new connection, and counts it.
   *
   * @param {string} method
   * @param {string} path
   */
  async once(method, path) {
    this.count(await this.connect().ask(this.request(method, path)));
  }

  /**
   * Makes one call of the preparation, which must succeed.
   *
   * @param {string} path below /v1; a method other than POST stands before it
   * @param {object | ''} [body]
   * @param {number} [owner]
   * @returns {Promise<any>} its answer
   */
  async call(path, body = '', owner = 0) {
    const [where, method = 'POST'] = path.split(' ').reverse();
    if (this.#shared.get(owner)?.closed !== false) this.#shared.set(owner, this.connect());
    const answer = await this.#shared.get(owner).ask(this.request(method, `/v1/${where}`, { body, owner }));
    if (answer.status === 'cut' || answer.status >= 300) {
      throw new Error(`${path}: ${answer.status} ${answer.body.subarray(0, 300)}`);
    }
    return JSON.parse(answer.body.toString());
  }

  /** @param {number} [owner] @returns {Promise<string>} the id of a new session */
  async session(owner = 0) {
    return (await this.call('startup', { leaseSeconds: 3600 }, owner)).sessionId;
  }

  /**
   * @param {string} session
   * @param {object} [how] parameters of socket beside its provider, which is the lab
   * @param {number} [owner]
   * @returns {Promise<string>} the id of a new socket
   */
  async socket(session, how = {}, owner = 0) {
    const body = { provider: 'lab', family: 'AF_INET', ...how };
    return (await this.call(`sessions/${session}/sockets`, body, owner)).socketId;
  }

  /**
   * Two connected sockets of the lab.
   *
   * @param {string} session
   * @param {{ buffer?: number, how?: object, owner?: number }} [options] buffer: SO_SNDBUF and SO_RCVBUF of
   *   both, in bytes
   * @returns {Promise<[string, string]>}
   */
  async pair(session, { buffer, how, owner = 0 } = {}) {
    const listener = await this.socket(session, how, owner);
    const sizes = async (/** @type {string} */ id) => {
      if (buffer === undefined) return;
      for (const name of ['SO_SNDBUF', 'SO_RCVBUF']) {
        await this.call(
          `PUT sockets/${id}/options/SOL_SOCKET/${name}`,
          { value: { integer: buffer } },
          owner,
        );
      }
    };
    await this.call(
      `sockets/${listener}/bind`,
      { address: { family: 'AF_INET', address: '10.0.0.1', port: 0 } },
      owner,
    );
    const { address } = await this.call(`GET sockets/${listener}/sockName`, '', owner);
    await this.call(`sockets/${listener}/listen`, '', owner);
    const client = await this.socket(session, how, owner);
    await sizes(client);
    await this.call(`sockets/${client}/connect`, { address }, owner);
    const { socketId } = await this.call(`sockets/${listener}/accept`, '', owner);
    await sizes(socketId);
    await this.call(`sockets/${listener}/close`, '', owner);
    return [client, socketId];
  }

  /**
   * Makes many such pairs, twenty at a time.
   *
   * @param {string} session
   * @param {number} count
   * @param {{ buffer?: number }} [options]
   */
  async pairs(session, count, options) {
    const made = [];
    for (let left = count; left > 0; left -= 20) {
      const some = Array.from({ length: Math.min(20, left) }, () => this.pair(session, options));
      made.push(...(await Promise.all(some)));
    }
    return made;
  }
}
