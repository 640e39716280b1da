/** Attacks with many waiting calls. */

/**
 * Makes the same request many times, pipelined on each connection, and returns the promises of the answers.
 *
 * @param {import('../target.mjs').Target} target
 * @param {Buffer} request
 * @param {number} count
 * @param {number} [each] how many on one connection
 */
async function waiting(target, request, count, each = 50) {
  const answers = [];
  for (let made = 0; made < count; made += each) {
    const wire = target.connect();
    await wire.connected();
    for (let at = 0; at < each; at++) answers.push(wire.ask(request));
  }
  return answers;
}

/** @type {readonly import('../list.mjs').Attack[]} */
export const CALLS = [
  {
    name: 'cancel-of-waits',
    about: '20,000 receives wait on one socket, then cancel ends them.',
    seconds: 10,
    async run(target) {
      const [, server] = await target.pair(await target.session());
      const recv = target.request('POST', `/v1/sockets/${server}/recv`);
      const answers = await waiting(target, recv, 20_000);
      await target.rest(5000);
      const ends = answers.map(async (answer) => target.count(await answer));
      // Requests that the daemon reads only then begin to wait.
      const again = setInterval(() => target.once('POST', `/v1/sockets/${server}/cancel`), 500);
      await Promise.all(ends);
      clearInterval(again);
    },
  },
  {
    name: 'waits-on-one-connection',
    about: '20,000 receives in a row on one connection, which then ends.',
    async run(target) {
      const [, server] = await target.pair(await target.session());
      const wire = target.connect();
      const recv = target.request('POST', `/v1/sockets/${server}/recv`);
      for (let made = 0; made < 20_000; made++) wire.write(recv);
      await target.rest(3000);
      wire.reset();
      await target.rest(1000);
    },
  },
  {
    name: 'close-under-waits',
    about: '5,000 receives wait on one socket, then it is closed.',
    seconds: 8,
    async run(target) {
      const [, server] = await target.pair(await target.session());
      const recv = target.request('POST', `/v1/sockets/${server}/recv`);
      const answers = await waiting(target, recv, 5000);
      await target.rest(3000);
      await target.once('POST', `/v1/sockets/${server}/close`);
      for (const answer of await Promise.all(answers)) target.count(answer);
    },
  },
  {
    name: 'pending-calls',
    about: '5,000 calls wait, each for 100 sockets, then endSession ends them.',
    seconds: 12,
    async run(target) {
      const session = await target.session();
      const ids = (await target.pairs(session, 50)).flat();
      const select = target.request('POST', `/v1/sessions/${session}/select`, { body: { read: ids } });
      const answers = await waiting(target, select, 5000);
      await target.rest(6000);
      await target.once('DELETE', `/v1/sessions/${session}`);
      for (const answer of await Promise.all(answers)) target.count(answer);
    },
  },
  {
    name: 'wakes-of-many-waits',
    about: '1,000 calls wait for the same 100 sockets, which become ready again and again.',
    seconds: 8,
    async run(target) {
      const session = await target.session();
      const ids = (await target.pairs(session, 50)).flat();
      const select = target.request('POST', `/v1/sessions/${session}/select`, { body: { read: ids } });
      const [client, server] = ids;
      while (target.timeLeft) {
        const answers = await waiting(target, select, 1000);
        await target.call(`sockets/${client}/send`, { data: { text: 'x' } });
        for (const answer of await Promise.all(answers)) target.count(answer);
        await target.call(`sockets/${server}/recv`);
      }
    },
  },
  {
    name: 'selects-of-many-sockets',
    about: '200 calls wait for the same 900 sockets: a datagram ends them, and endSession as many once more.',
    seconds: 12,
    async run(target) {
      const session = await target.session();
      const ids = [];
      while (ids.length < 900) {
        const some = Array.from({ length: 50 }, () => target.socket(session, { type: 'SOCK_DGRAM' }));
        ids.push(...(await Promise.all(some)));
      }
      const [receiver, sender] = ids;
      const address = { family: 'AF_INET', address: '10.0.0.1', port: 7 };
      await target.call(`sockets/${receiver}/bind`, { address });
      const select = target.request('POST', `/v1/sessions/${session}/select`, { body: { read: ids } });
      for (const end of [
        () => target.call(`sockets/${sender}/sendTo`, { address, data: { text: 'x' } }),
        () => target.once('DELETE', `/v1/sessions/${session}`),
      ]) {
        const answers = await waiting(target, select, 200, 20);
        await target.rest(3000);
        await end();
        for (const answer of await Promise.all(answers)) target.count(answer);
        if (target.answers[200] === 200) await target.call(`sockets/${receiver}/recvFrom`);
      }
    },
  },
];
