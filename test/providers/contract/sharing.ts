import assert from 'node:assert/strict';
import type { Handle } from '../../../src/providers/provider.js';
import type { InternetAddress } from '../../../src/winsock/addresses.js';
import {
  answer,
  type CaseSockets,
  type Family,
  internet,
  LOOPBACK,
  loopback,
  value,
  WILDCARD,
} from './case-sockets.js';
import type { Suite } from './suite.js';

/**
 * Two sockets that bind to one port: the result of the second bind.
 *
 * Sources: Wine's conformance tests, which Windows passes (test_reuseaddr of dlls/ws2_32/tests/sock.c in
 * 10.0); for what is not in them the table of
 * https://learn.microsoft.com/windows-hardware/drivers/network/sharing-transport-addresses with CHECK as a
 * success: an access check, which sockets of one user pass.
 */

const OPTIONS = ['default', 'SO_REUSEADDR', 'SO_EXCLUSIVEADDRUSE'] as const;
const PLACES = ['wildcard', 'specific'] as const;
const CLAIMS = OPTIONS.flatMap((option) => PLACES.map((place) => ({ option, place })));

/** Rows are the first bind, columns the second, both in the order of CLAIMS. */
const TABLE = `
  INUSE  ok     ACCES  ok     INUSE  ok
  ok     INUSE  ok     ACCES  INUSE  INUSE
  INUSE  ok     ok     ok     INUSE  ok
  ok     ACCES  ok     ok     INUSE  INUSE
  INUSE  ACCES  ACCES  ACCES  INUSE  ACCES
  ok     INUSE  ok     ACCES  INUSE  INUSE`
  .trim()
  .split('\n')
  .map((line) => line.trim().split(/ +/));
const WORDS: Readonly<Record<string, string>> = {
  INUSE: 'WSAEADDRINUSE',
  ACCES: 'WSAEACCES',
};

/**
 * IPV6_V6ONLY is off. The rows from `of the table` on are not in Wine's tests: they follow from the others.
 */
const DUAL_STACK: readonly (readonly [first: string, second: string, answer: string])[] = [
  ['SO_EXCLUSIVEADDRUSE [::]', 'default 127.0.0.1', 'ACCES'],
  ['default 127.0.0.1', 'SO_EXCLUSIVEADDRUSE [::]', 'INUSE'],
  ['default [::1]', 'SO_EXCLUSIVEADDRUSE 0.0.0.0', 'ok'],
  ['SO_EXCLUSIVEADDRUSE [::1]', 'SO_EXCLUSIVEADDRUSE 127.0.0.1', 'ok'],
  ['default [::ffff:127.0.0.1]', 'SO_EXCLUSIVEADDRUSE 0.0.0.0', 'INUSE'],
  ['SO_EXCLUSIVEADDRUSE [::]', 'default 0.0.0.0', 'ACCES'],
  ['default [::]', 'SO_EXCLUSIVEADDRUSE 0.0.0.0', 'ok'],
  ['default [::]', 'default 0.0.0.0', 'ok'],
  ['default [::ffff:0.0.0.0]', 'default 0.0.0.0', 'INUSE'],
  ['default [::ffff:127.0.0.1]', 'default 127.0.0.1', 'INUSE'],
  ['default 127.0.0.1', 'default [::ffff:127.0.0.1]', 'INUSE'],
  // Of the table, with [::] for the wildcard and 0.0.0.0 for the specific address.
  ['default 0.0.0.0', 'default [::]', 'ok'],
  ['default 0.0.0.0', 'SO_EXCLUSIVEADDRUSE [::]', 'INUSE'],
  ['SO_EXCLUSIVEADDRUSE 0.0.0.0', 'default [::]', 'ok'],
  ['default 0.0.0.0', 'SO_REUSEADDR [::]', 'ok'],
  ['default [::]', 'default [::]', 'INUSE'],
];

const KINDS = {
  'a stream': (sockets: CaseSockets, family: Family) => sockets.stream(family),
  'a listener': (sockets: CaseSockets, family: Family) => sockets.stream(family),
  'a datagram socket': (sockets: CaseSockets, family: Family) => sockets.datagram(family),
} as const;
type Kind = keyof typeof KINDS;

interface Wanted {
  readonly option: (typeof OPTIONS)[number];
  readonly family: Family;
  readonly address: string;
  readonly dual?: boolean;
}

/** Binds two sockets to one port; returns the result of the second bind. */
const contend = (sockets: CaseSockets, kind: Kind, first: Wanted, second: Wanted): string => {
  const open = ({ option, family, dual }: Wanted): Handle => {
    const s = KINDS[kind](sockets, family);
    if (option !== 'default') value(sockets.provider.setSockOpt(s, option, true));
    if (dual && family === 'AF_INET6') value(sockets.provider.setSockOpt(s, 'IPV6_V6ONLY', false));
    return s;
  };
  const holder = open(first);
  const port = sockets.freePort();
  value(sockets.provider.bind(holder, { family: first.family, address: first.address, port }));
  if (kind === 'a listener') value(sockets.provider.listen(holder, 1));
  return answer(
    sockets.provider.bind(open(second), { family: second.family, address: second.address, port }),
  );
};

/** `default [::1]` */
const wanted = (text: string): Wanted => {
  const [option = '', address = ''] = text.split(' ');
  const found = OPTIONS.find((name) => name === option);
  assert.ok(found);
  const family = address.startsWith('[') ? 'AF_INET6' : 'AF_INET';
  return { option: found, family, address: address.replace(/[[\]]/g, ''), dual: true };
};

const bindings = (suite: Suite, kind: Kind, family: Family): void => {
  CLAIMS.forEach((first, row) => {
    CLAIMS.forEach((second, column) => {
      const says = TABLE[row]?.[column] ?? '';
      const at = ({ option, place }: (typeof CLAIMS)[number]): Wanted => ({
        option,
        family,
        address: place === 'wildcard' ? WILDCARD[family] : LOOPBACK[family],
      });
      const sequence = `${first.option} ${first.place}, then ${second.option} ${second.place}`;
      suite.case(`sharing: ${kind} of ${family}, ${sequence}`, (sockets) => {
        assert.equal(contend(sockets, kind, at(first), at(second)), WORDS[says] ?? says);
      });
    });
  });
};

/** Listens at an address; with SO_REUSEADDR where the test says so. */
const listenAt = (sockets: CaseSockets, at: InternetAddress, reuse = false): Handle => {
  const s = sockets.stream(at.family);
  if (reuse) value(sockets.provider.setSockOpt(s, 'SO_REUSEADDR', true));
  value(sockets.provider.bind(s, at));
  value(sockets.provider.listen(s, 5));
  return s;
};

const portOf = (sockets: CaseSockets, s: Handle): number =>
  internet(value(sockets.provider.getSockName(s))).port;

/** Connects several times, and expects that listener to get every connection. */
const expectAllConnections = async (
  sockets: CaseSockets,
  listener: Handle,
  to: InternetAddress,
  others: readonly Handle[],
) => {
  for (let i = 0; i < 5; i++) {
    const client = sockets.stream(to.family);
    sockets.begin(client, to);
    const { handle } = await sockets.accept(listener);
    value(await sockets.ended(client));
    for (const other of others) assert.equal(answer(sockets.provider.accept(other)), 'WSAEWOULDBLOCK');
    sockets.abort(handle);
    sockets.abort(client);
  }
};

const listeners = (suite: Suite, family: Family): void => {
  const wildcard = { family, address: WILDCARD[family], port: 0 };
  const specific = loopback(family);

  for (const [first, second] of [
    [wildcard, specific],
    [specific, wildcard],
  ] as const) {
    const order = first === wildcard ? 'wildcard first' : 'wildcard second';
    suite.case(
      `sharing: the more specific of two listeners gets the connection, ${order} (${family})`,
      async (sockets) => {
        const port = sockets.freePort();
        const one = listenAt(sockets, { ...first, port });
        const other = listenAt(sockets, { ...second, port });
        const [wide, narrow] = first === wildcard ? [one, other] : [other, one];
        await expectAllConnections(sockets, narrow, { ...specific, port }, [wide]);
        sockets.close(narrow);
        await expectAllConnections(sockets, wide, { ...specific, port }, []);
      },
    );
  }

  suite.case(
    `sharing: the first of two listeners with SO_REUSEADDR gets the connection (${family})`,
    async (sockets) => {
      const one = listenAt(sockets, specific, true);
      const port = portOf(sockets, one);
      const two = listenAt(sockets, { ...specific, port }, true);
      await expectAllConnections(sockets, one, { ...specific, port }, [two]);
      sockets.close(one);
      const bound = sockets.stream(family);
      value(sockets.provider.setSockOpt(bound, 'SO_REUSEADDR', true));
      value(sockets.provider.bind(bound, { ...specific, port }));
      await expectAllConnections(sockets, two, { ...specific, port }, []);
      sockets.close(two);
      value(sockets.provider.listen(bound, 5));
      await expectAllConnections(sockets, bound, { ...specific, port }, []);
    },
  );

  suite.case(
    `sharing: a connection without bind has its port at every address (${family})`,
    async (sockets) => {
      const listener = sockets.listener({ family });
      const client = sockets.stream(family);
      sockets.begin(client, listener.address);
      await sockets.accept(listener.handle);
      value(await sockets.ended(client));
      const port = portOf(sockets, client);
      assert.equal(
        answer(sockets.provider.bind(sockets.stream(family), { ...wildcard, port })),
        'WSAEADDRINUSE',
      );
    },
  );
};

export const sharing = (suite: Suite): void => {
  const families = suite.families();
  for (const family of families) {
    for (const kind of Object.keys(KINDS) as Kind[]) bindings(suite, kind, family); // its own keys
    listeners(suite, family);
  }
  if (!families.includes('AF_INET6')) return;
  for (const kind of Object.keys(KINDS) as Kind[]) {
    for (const [first, second, says] of DUAL_STACK) {
      suite.case(`sharing: ${kind} of both families, ${first}, then ${second}`, (sockets) => {
        assert.equal(contend(sockets, kind, wanted(first), wanted(second)), WORDS[says] ?? says);
      });
    }
  }
};
