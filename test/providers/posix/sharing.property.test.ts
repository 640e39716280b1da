import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Handle } from '../../../src/providers/provider.js';
import { type Claim, type Sharing, sharingVerdict } from '../../../src/winsock/address-sharing.js';
import { v4, v6 } from '../../addresses.js';
import { answer, type CaseSockets, value } from '../contract/case-sockets.js';
import { posixSockets } from './posix-sockets.js';

/**
 * For any binds, listens and closes at one port, Linux permits exactly the binds of the table, and every
 * bound socket can listen. State that Linux keeps from an earlier bind must have no effect.
 */

const OPTIONS = { reuse: 'SO_REUSEADDR', exclusive: 'SO_EXCLUSIVEADDRUSE' } as const;
type Option = Exclude<Sharing, 'connection'>;

const bind = fc.record({
  do: fc.constant('bind' as const),
  address: fc.constantFrom('0.0.0.0', '127.0.0.1', '127.0.0.2', '::', '::1', '::ffff:127.0.0.1'),
  dual: fc.boolean(),
  sharing: fc.constantFrom<Option>('default', 'reuse', 'exclusive'),
});
const at = fc.nat(5);
const step = fc.oneof(
  { weight: 3, arbitrary: bind },
  fc.record({ do: fc.constantFrom('listen' as const, 'close' as const), at }),
);

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

interface Held {
  readonly s: Handle;
  readonly claim: Claim;
}

const opened = (
  sockets: CaseSockets,
  kind: 'stream' | 'datagram',
  wanted: Omit<Held, 's'>['claim'],
): Handle => {
  const { family } = wanted.address;
  const s = sockets[kind](family);
  if (wanted.sharing === 'reuse' || wanted.sharing === 'exclusive') {
    value(sockets.provider.setSockOpt(s, OPTIONS[wanted.sharing], true));
  }
  if (family === 'AF_INET6') value(sockets.provider.setSockOpt(s, 'IPV6_V6ONLY', !wanted.dual));
  return s;
};

for (const kind of ['stream', 'datagram'] as const) {
  test(`a ${kind} is bound where the table permits it, after any earlier binds`, (t) => {
    const sockets = posixSockets(t);
    const port = sockets.freePort();
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 12 }), (steps) => {
        const held: Held[] = [];
        try {
          for (const one of steps) run(sockets, kind, held, one, port);
        } finally {
          for (const { s } of held) sockets.close(s);
        }
      }),
      { numRuns: 300 },
    );
  });
}

const run = (
  sockets: CaseSockets,
  kind: 'stream' | 'datagram',
  held: Held[],
  one: Step,
  port: number,
): void => {
  if (one.do === 'bind') {
    const mapped = one.address.startsWith('::ffff:');
    const address = one.address.includes(':') ? v6(one.address, port) : v4(one.address, port);
    const claim: Claim = { address, dual: one.dual || mapped, sharing: one.sharing };
    const s = opened(sockets, kind, claim);
    const verdicts = held
      .map((first) => sharingVerdict(first.claim, claim))
      .filter((verdict) => verdict !== 'ok');
    const got = answer(sockets.provider.bind(s, address));
    // The cast is safe: includes only compares texts.
    assert.ok((verdicts.length === 0 ? ['ok'] : verdicts).includes(got as 'ok'), `${got}, not ${verdicts}`);
    if (got === 'ok') held.push({ s, claim });
    else sockets.close(s);
    return;
  }
  const [chosen] = held.splice(one.at % Math.max(1, held.length), 1);
  if (!chosen) return;
  if (one.do === 'close') sockets.close(chosen.s);
  else held.push(chosen);
  if (one.do === 'listen' && kind === 'stream') value(sockets.provider.listen(chosen.s, 1));
};
