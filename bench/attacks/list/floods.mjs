/** Attacks with pipelined requests, as many as fit into 64 KiB. */

const PIECE = 64 * 1024;

/**
 * Fills connections with one repeated request, and reopens those that are cut.
 *
 * @param {import('../target.mjs').Target} target
 * @param {Buffer} request
 * @param {boolean} [reads] whether it reads answers; otherwise it does not notice that its connection is cut
 */
async function flood(target, request, reads = false) {
  const piece = Buffer.concat(Array(Math.floor(PIECE / request.length)).fill(request));
  let wires = /** @type {import('../wire.mjs').Wire[]} */ ([]);
  let cut = 0;
  while (target.timeLeft) {
    const open = wires.filter(({ closed }) => !closed);
    cut += wires.length - open.length;
    const more = Array.from({ length: 100 - open.length }, () => target.connect({ reads }));
    wires = [...open, ...more];
    for (const wire of more) wire.write(piece);
    await target.rest(20);
  }
  target.answers.cut = cut;
}

/** @type {readonly import('../list.mjs').Attack[]} */
export const FLOODS = [
  {
    name: 'tiny-requests',
    about: '100 connections with 3,640 requests in a row each, none with a Host or a token.',
    run: (target) => flood(target, Buffer.from('GET / HTTP/1.1\r\n\r\n'), true),
  },
  {
    name: 'refused-requests',
    about: '100 connections with 400 requests in a row each, of a token, each refused for its body.',
    run: (target) => flood(target, target.request('POST', '/v1/startup', { body: '1' })),
  },
  {
    name: 'waits-in-a-row',
    about: '100 connections with 256 receives in a row each: the permitted number waits, the rest is unread.',
    async run(target) {
      const [, server] = await target.pair(await target.session());
      const body = { timeoutMs: 60_000 };
      await flood(target, target.request('POST', `/v1/sockets/${server}/recv`, { body }));
    },
  },
  {
    name: 'unread-pages',
    about: '100 connections that ask for the OpenAPI document 600 times each and read nothing.',
    run: (target) => flood(target, target.request('GET', '/openapi.json', { owner: -1 })),
  },
];
