/** Attacks on kept data: journals, captures, buffers of the lab. */

const MIB = 1024 * 1024;

/** @type {readonly import('../list.mjs').Attack[]} */
export const KEPT = [
  {
    name: 'address-of-ended-socket',
    about: '129 calls of a socket that has ended, each with an address of 8 MB.',
    seconds: 15,
    async run(target) {
      const session = await target.session();
      const socket = await target.socket(session);
      await target.call(`sockets/${socket}/close`);
      const address = { family: 'AF_INET', address: 'a'.repeat(8 * MIB - 1024), port: 1 };
      const body = { address, data: { text: '' } };
      const request = target.request('POST', `/v1/sockets/${socket}/sendTo`, { body });
      await target.repeat(() => request, { wires: 2, most: 129 });
    },
  },
  {
    name: 'journals-filled',
    about: 'A hundred sessions, and calls with all the parameters that a journal keeps.',
    seconds: 10,
    async run(target) {
      const requests = /** @type {Buffer[]} */ ([]);
      for (let made = 0; made < 100; made++) {
        const session = await target.session();
        const ids = Array(100).fill(await target.socket(session));
        const body = { read: ids, write: ids, except: ids, timeoutMs: 0 };
        requests.push(target.request('POST', `/v1/sessions/${session}/select`, { body }));
      }
      let at = 0;
      await target.repeat(() => requests[at++ % requests.length] ?? Buffer.alloc(0), { wires: 8, deep: 4 });
    },
  },
  {
    name: 'captures-filled',
    about: 'Ten sessions with 16 sockets each, of which a MiB of payload is captured.',
    seconds: 10,
    async run(target) {
      const requests = /** @type {Buffer[]} */ ([]);
      for (let made = 0; made < 10; made++) {
        const session = await target.session();
        for (let sockets = 0; sockets < 16; sockets++) {
          const how = { type: 'SOCK_DGRAM', capture: { maxBytes: 65_536 } };
          const socket = await target.socket(session, how);
          const body = {
            address: { family: 'AF_INET', address: '10.0.0.1', port: 7 },
            data: { text: 'x'.repeat(60_000) },
          };
          const request = target.request('POST', `/v1/sockets/${socket}/sendTo`, { body });
          for (let sends = 0; sends < 18; sends++) requests.push(request);
        }
      }
      await target.repeat(() => requests.pop() ?? Buffer.alloc(0), {
        wires: 4,
        deep: 4,
        most: requests.length,
      });
    },
  },
  {
    name: 'exports-left',
    about:
      'Captures of 1,000 datagrams of 60,000 bytes are requested as packets, 50 at a time, ' +
      'and dropped after the first bytes.',
    seconds: 10,
    async run(target) {
      const how = { type: 'SOCK_DGRAM', capture: { maxBytes: 65_536 } };
      const socket = await target.socket(await target.session(), how);
      const address = { family: 'AF_INET', address: '10.0.0.1', port: 7 };
      const body = { address, data: { text: 'x'.repeat(60_000) } };
      const send = target.request('POST', `/v1/sockets/${socket}/sendTo`, { body });
      await target.repeat(() => send, { wires: 4, most: 1000 });
      const capture = target.request('GET', `/v1/sockets/${socket}/journal.pcapng`);
      while (target.timeLeft) {
        const wires = Array.from({ length: 50 }, () => target.connect({ reads: false }));
        for (const wire of wires) wire.write(capture);
        await target.rest(100);
        for (const wire of wires) wire.reset();
      }
    },
  },
  {
    name: 'events-unread',
    about: '16 event streams that are not read, and calls that make events.',
    async run(target) {
      const session = await target.session();
      const events = target.request('GET', '/v1/events');
      for (let made = 0; made < 16; made++) target.connect({ reads: false }).write(events);
      const request = target.request('POST', `/v1/sessions/${session}/select`, {
        body: { read: Array(100).fill('x'.repeat(64)) },
      });
      await target.repeat(() => request, { wires: 4, deep: 4 });
    },
  },
  {
    name: 'lab-buffers-filled',
    about: '240 connected sockets of the lab, 4 MiB sent and 4 MiB received waiting at each.',
    seconds: 15,
    async run(target) {
      const session = await target.session();
      const ids = (await target.pairs(session, 120, { buffer: 4 * MIB })).flat();
      const body = JSON.stringify({ data: { text: 'x'.repeat(4 * MIB) }, timeoutMs: 20 });
      let at = 0;
      const next = () => target.request('POST', `/v1/sockets/${ids[at++ % ids.length]}/send`, { body });
      await target.repeat(next, { wires: 3, most: 2 * ids.length });
    },
  },
];
