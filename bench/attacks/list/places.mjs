/** Attacks on connections and descriptors. */

/**
 * @param {import('../target.mjs').Target} target
 * @param {number} count
 * @param {Buffer} [first] the first bytes that each sends
 */
async function connections(target, count, first) {
  const wires = [];
  for (let at = 0; at < count && target.timeLeft; at++) {
    const wire = target.connect();
    if (first) wire.write(first);
    wires.push(wire);
    // Not faster than the system accepts them; otherwise only its queue of connections is measured.
    if (at % 100 === 99) await wire.connected();
  }
  return wires;
}

/** @type {readonly import('../list.mjs').Attack[]} */
export const PLACES = [
  {
    name: 'idle-connections',
    about: '6,000 connections that send nothing, opened again where they are closed.',
    async run(target) {
      await connections(target, 6000);
      await target.rest(5000);
    },
  },
  {
    name: 'half-requests',
    about: '6,000 connections with the first half of a request each.',
    async run(target) {
      await connections(target, 6000, Buffer.from('POST /v1/startup HTTP/1.1\r\nHost: '));
      await target.rest(5000);
    },
  },
  {
    name: 'connection-flood',
    about: 'Connections without a token, opened and kept as fast as it goes.',
    async run(target) {
      const request = target.request('GET', '/v1', { owner: -1 });
      const all = [];
      while (target.timeLeft) all.push(...(await connections(target, 500, request)));
      target.answers.closed = all.filter(({ closed }) => closed).length;
      target.answers.open = all.filter(({ closed }) => !closed).length;
    },
  },
  {
    name: 'known-connections',
    about: '6,000 connections of one owner, each with a request that its token lets through.',
    async run(target) {
      const request = target.request('GET', '/v1');
      const all = await connections(target, 6000, request);
      await target.rest(3000);
      target.answers.closed = all.filter(({ closed }) => closed).length;
      target.answers.open = all.filter(({ closed }) => !closed).length;
    },
  },
  {
    name: 'descriptors',
    about: 'A limit of 512 descriptors, 500 sockets of the system, 500 connections.',
    daemon: { descriptors: 512 },
    async run(target) {
      const session = await target.session();
      const open = target.request('POST', `/v1/sessions/${session}/sockets`, {
        body: { provider: 'posix', family: 'AF_INET' },
      });
      await target.repeat(() => open, { most: 500 });
      await connections(target, 500);
      await target.rest(5000);
    },
  },
];
