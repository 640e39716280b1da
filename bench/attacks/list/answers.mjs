/** Attacks with unread answers. */

const PIECE = 4 * 1024 * 1024;

/**
 * A request with an answer of four MiB each time: a peek, which leaves the bytes.
 *
 * @param {import('../target.mjs').Target} target
 * @param {number} [owner]
 */
async function largeAnswer(target, owner = 0) {
  const session = await target.session(owner);
  const [client, server] = await target.pair(session, { buffer: PIECE, owner });
  await target.call(`sockets/${client}/send`, { data: { text: 'x'.repeat(PIECE) } }, owner);
  const body = { maxBytes: PIECE, flags: ['MSG_PEEK'] };
  return target.request('POST', `/v1/sockets/${server}/recv`, { body, owner });
}

/** @type {readonly import('../list.mjs').Attack[]} */
export const ANSWERS = [
  {
    name: 'pipelined-peeks',
    about: '200 requests in a row on one connection, each answered with 4 MiB, and no answer is read.',
    async run(target) {
      const request = await largeAnswer(target);
      const wire = target.connect({ reads: false });
      for (let sent = 0; sent < 200; sent++) wire.write(request);
      await target.rest(5000);
    },
  },
  {
    name: 'unread-answers',
    about: '200 connections, each with one answer of 4 MiB that is not read.',
    async run(target) {
      const request = await largeAnswer(target);
      for (let made = 0; made < 200; made++) target.connect({ reads: false }).write(request);
      await target.rest(5000);
    },
  },
  {
    name: 'unread-answers-of-four-owners',
    about: 'The same, 100 connections of each of four owners.',
    owners: 4,
    async run(target) {
      for (let owner = 0; owner < 4; owner++) {
        const request = await largeAnswer(target, owner);
        for (let made = 0; made < 100; made++) target.connect({ reads: false }).write(request);
      }
      await target.rest(5000);
    },
  },
  {
    name: 'unread-bytes-that-go-back',
    about: '100 sockets with 4 MiB each: received on connections that read nothing and are reset.',
    seconds: 8,
    async run(target) {
      const session = await target.session();
      const wires = [];
      for (const [client, server] of await target.pairs(session, 100, { buffer: PIECE })) {
        const body = { data: { text: 'x'.repeat(PIECE) }, timeoutMs: 100 };
        const sent = target.request('POST', `/v1/sockets/${client}/send`, { body });
        await target.repeat(() => sent, { most: 1 });
        const wire = target.connect({ reads: false });
        const recv = { maxBytes: PIECE, timeoutMs: 1 };
        wire.write(target.request('POST', `/v1/sockets/${server}/recv`, { body: recv }));
        wires.push(wire);
      }
      for (const wire of wires) wire.reset();
      await target.rest(1000);
    },
  },
];
