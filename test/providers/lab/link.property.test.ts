/** For any behaviour of the link, the sent bytes arrive in order, and then the end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { v4 } from '../../addresses.js';
import { Lab, value } from './support.js';

type Step =
  | { readonly kind: 'send'; readonly text: string }
  | { readonly kind: 'recv'; readonly room: number }
  | { readonly kind: 'link'; readonly latencyMs: number; readonly bytesPerSecond: number }
  | { readonly kind: 'cut'; readonly partition: boolean }
  | { readonly kind: 'pass'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('send' as const),
    text: fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme-ascii' }),
  }),
  fc.record({ kind: fc.constant('recv' as const), room: fc.integer({ min: 1, max: 30 }) }),
  fc.record({
    kind: fc.constant('link' as const),
    latencyMs: fc.constantFrom(0, 1, 7, 300),
    bytesPerSecond: fc.constantFrom(0, 3, 1000),
  }),
  fc.record({ kind: fc.constant('cut' as const), partition: fc.boolean() }),
  // Together never long enough for a connection to be given up.
  fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 400 }) }),
);

test('a stream delivers its bytes in order, and then its end, over any link', (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
      const lab = new Lab(t);
      const { client, server } = lab.connected();
      let sent = '';
      let got = '';
      const receive = (room: number): boolean => {
        const into = new Uint8Array(room);
        const one = lab.provider.recv(server, into, 0);
        if (one.ok) got += Buffer.from(into.subarray(0, one.value.bytes)).toString();
        return one.ok && one.value.eof;
      };
      for (const one of steps) {
        if (one.kind === 'send') {
          lab.send(client, one.text);
          sent += one.text;
        } else if (one.kind === 'recv') {
          assert.equal(receive(one.room), false);
        } else if (one.kind === 'pass') {
          lab.clock.advance(one.ms);
        } else {
          const { kind: _kind, ...change } = one;
          lab.network.link.change(change);
        }
      }
      value(lab.provider.close(client));
      lab.network.link.change({ partition: false });
      lab.clock.advance(3_600_000);
      while (!receive(64));
      assert.equal(got, sent);
      value(lab.provider.close(server));
      lab.clock.advance(3_600_000);
      assert.equal(lab.clock.timers, 0, 'nothing is left over');
    }),
  );
});

test('datagrams arrive complete and in order, or not at all', (t) => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 40, size: 'max' }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (steps, probability) => {
        const lab = new Lab(t);
        const receiver = lab.socket('lab datagram');
        value(lab.provider.bind(receiver, v4('127.0.0.1', 0)));
        const to = value(lab.provider.getSockName(receiver));
        const sender = lab.socket('lab datagram');
        let drawn = 0;
        lab.network.link.change({ loss: { probability, seed: 0, draw: () => (drawn++ % 10) / 10 } });
        let count = 0;
        for (const one of steps) {
          if (one.kind === 'send') value(lab.provider.sendTo(sender, Buffer.from(`${count++}`), 0, to));
          else if (one.kind === 'pass') lab.clock.advance(one.ms);
          else if (one.kind !== 'recv') {
            const { kind: _kind, ...change } = one;
            lab.network.link.change(change);
          }
        }
        lab.network.link.change({ partition: false });
        lab.clock.advance(3_600_000);
        let last = -1;
        for (;;) {
          const into = new Uint8Array(9);
          const one = lab.provider.recvFrom(receiver, into, 0);
          if (!one.ok) break;
          const number = Number(Buffer.from(into.subarray(0, one.value.bytes)).toString());
          assert.ok(number > last && number < count);
          last = number;
        }
      },
    ),
  );
});
