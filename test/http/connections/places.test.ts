import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import type { ServerResponse } from 'node:http';
import net, { type Socket } from 'node:net';
import test, { type TestContext } from 'node:test';
import fc from 'fast-check';
import { Places } from '../../../src/http/connections/places.js';
import { build, TOKEN } from '../build.js';
import { checkAnswer } from '../client.js';
import { ipv6 } from '../ipv6.js';
import { rawExchange } from '../raw.js';

const CLOSE = '/v1/sockets/sck_1/close';

/** A connection as far as Places looks at it. */
class FakeSocket extends EventEmitter {
  destroyed = false;
  destroy(): void {
    this.destroyed = true;
  }
}

const taken = (places: Places): FakeSocket => {
  const socket = new FakeSocket();
  places.take(socket as unknown as Socket);
  return socket;
};

type Kind = 'known' | 'idle' | 'served';

/** A connection, and what is owed to it, told as plainly as can be. */
interface Modelled {
  readonly socket: FakeSocket;
  readonly kind: Kind;
  /** Of a known one. */
  readonly owner?: string;
  readonly answers: readonly EventEmitter[];
}

const LIMIT = 20;
const MOST_KNOWN = 19;
const PER_OWNER = 8;
const OWNERS = ['alice', 'bob', 'carol'];

test('a new one gets the place of the unknown one that is idle longest, or else is answered longest; owners have so many', () => {
  const step = fc.record({
    what: fc.constantFrom('take', 'take', 'know', 'serve', 'answered', 'close'),
    which: fc.nat(),
    owner: fc.constantFrom(...OWNERS),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const places = new Places(LIMIT, PER_OWNER);
      // In the order in which they became what they are.
      let all: readonly Modelled[] = [];
      const without = (gone: Modelled | undefined) => all.filter((one) => one !== gone);
      const first = (kind: Kind): Modelled | undefined => all.find((one) => one.kind === kind);
      const change = (one: Modelled, to: Partial<Modelled>): void => {
        const next = { ...one, ...to };
        all =
          next.kind === one.kind
            ? all.map((other) => (other === one ? next : other))
            : [...without(one), next];
      };
      const take = (): void => {
        const victim = all.length === LIMIT ? (first('idle') ?? first('served')) : undefined;
        const socket = taken(places);
        assert.equal(victim?.socket.destroyed ?? true, true, 'its place was needed');
        all = [...without(victim), { socket, kind: 'idle', answers: [] }];
      };
      const know = (one: Modelled, owner: string): void => {
        const known = all.filter(({ kind }) => kind === 'known');
        const owned = known.filter((other) => other.owner === owner);
        const why =
          one.kind === 'known'
            ? undefined
            : owned.length === PER_OWNER
              ? 'quota'
              : known.length === MOST_KNOWN
                ? 'overloaded'
                : undefined;
        assert.equal(places.know(one.socket as unknown as Socket, owner)?.refusal, why);
        if (one.kind !== 'known' && why === undefined) change(one, { kind: 'known', owner });
      };
      const serve = (one: Modelled): void => {
        const answer = new EventEmitter();
        places.serve(one.socket as unknown as Socket, answer as unknown as ServerResponse);
        if (one.kind !== 'known') change(one, { kind: 'served', answers: [...one.answers, answer] });
      };
      /** Answers of one connection end in their order. */
      const answered = (one: Modelled): void => {
        const [answer, ...answers] = one.answers;
        answer?.emit('close');
        const isLast = one.kind === 'served' && answers.length === 0;
        change(one, { answers, ...(isLast && { kind: 'idle' }) });
      };
      const close = (one: Modelled): void => {
        one.socket.emit('close');
        all = without(one);
      };
      for (const { what, which, owner } of steps) {
        const one = all[which % Math.max(1, all.length)];
        if (what === 'take' || one === undefined) take();
        else ({ know, serve, answered, close })[what](one, owner);
        assert.equal(places.size, all.length);
        assert.ok(all.every(({ socket }) => !socket.destroyed));
      }
    }),
    { numRuns: 300 },
  );
});

const authorized = (port: number, token = TOKEN): string =>
  `POST ${CLOSE} HTTP/1.1\r\nHost: localhost:${port}\r\nAuthorization: Bearer ${token}\r\n\r\n`;

const live = (port: number): string => `GET /health/live HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`;

/** A connection that stays open. */
const connect = async (t: TestContext, port: number, address = '127.0.0.1') => {
  const socket = net.connect(port, address);
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  socket.on('error', () => undefined).setEncoding('latin1');
  /** Sends a request; gives the first bytes of its answer. */
  const ask = async (bytes: string): Promise<string> => {
    socket.write(bytes);
    const [text] = await once(socket, 'data');
    return String(text);
  };
  return { socket, ask, closed: once(socket, 'close') };
};

const open = async (t: TestContext, port: number, addresses: readonly string[]) => {
  const connections: Awaited<ReturnType<typeof connect>>[] = [];
  // One after the other: their order is what is looked at.
  for (const address of addresses) connections.push(await connect(t, port, address));
  return connections;
};

test('who has no token drives out the oldest other one that has none, and nobody else', async (t) => {
  const { port } = await build(t, { connections: 16 });
  const [known] = await open(t, port, ['127.0.0.1']);
  assert.match((await known?.ask(authorized(port))) ?? '', /^HTTP\/1.1 200/);
  const unknown = await open(t, port, Array(15).fill('127.0.0.1'));
  for (const [at, one] of unknown.slice(0, 3).entries()) {
    const { ask } = await connect(t, port);
    await one.closed;
    assert.match(await ask(live(port)), /^HTTP\/1.1 200/, `new one ${at}`);
  }
  assert.deepEqual(
    unknown.slice(3).map(({ socket }) => socket.destroyed),
    Array(12).fill(false),
  );
  assert.match((await known?.ask(authorized(port))) ?? '', /^HTTP\/1.1 200/);
});

test('the connections of both listeners are counted together', ipv6, async (t) => {
  const { port } = await build(t, { host: 'localhost', connections: 16 });
  const [oldest, ...others] = await open(t, port, [...Array(8).fill('::1'), ...Array(8).fill('127.0.0.1')]);
  await connect(t, port, '127.0.0.1');
  await oldest?.closed;
  assert.ok(others.every(({ socket }) => !socket.destroyed));
});

test('where all places are those of known ones, a new one with the token is refused, and health is answered', async (t) => {
  const { port } = await build(t, { connections: 16 });
  const known = await open(t, port, Array(15).fill('127.0.0.1'));
  for (const { ask } of known) assert.match(await ask(authorized(port)), /^HTTP\/1.1 200/);
  for (let i = 0; i < 3; i++) {
    const [answer] = await rawExchange(port, authorized(port));
    assert.deepEqual([answer?.status, answer?.body.type], [503, '/problems/overloaded']);
    assert.equal(answer?.headers.connection, 'close');
    if (answer) checkAnswer(answer);
    const [health] = await rawExchange(port, live(port));
    assert.equal(health?.status, 200);
  }
  for (const { ask } of known) assert.match(await ask(authorized(port)), /^HTTP\/1.1 200/);
  known[0]?.socket.destroy();
  // Its place is free once the daemon has seen the end.
  let status: number | undefined;
  for (let tries = 0; status !== 200 && tries < 1000; tries++) {
    status = (await rawExchange(port, authorized(port)))[0]?.status;
  }
  assert.equal(status, 200);
});

const BOB = 'token-of-bob-0123456789';
const TOKENS = [
  { name: 'alice', token: TOKEN },
  { name: 'bob', token: BOB },
];

/** Asks once more and again until the daemon has seen that a connection ended. */
const untilServed = async (port: number): Promise<void> => {
  let status: number | undefined;
  for (let tries = 0; status !== 200 && tries < 1000; tries++) {
    status = (await rawExchange(port, authorized(port)))[0]?.status;
  }
  assert.equal(status, 200);
};

test(
  'one owner has at most its part of the connections, of both listeners together, and others have theirs',
  ipv6,
  async (t) => {
    const limits = { connections: 16, connectionsPerOwner: 4 };
    const { port } = await build(t, { ...limits, host: 'localhost', tokens: TOKENS });
    const known = await open(t, port, ['127.0.0.1', '::1', '127.0.0.1', '::1']);
    for (const { ask } of known) assert.match(await ask(authorized(port)), /^HTTP\/1.1 200/);
    for (const body of ['', 'x'.repeat(100_000)]) {
      const head = authorized(port).replace(
        '\r\n\r\n',
        `\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
      );
      const [refused] = await rawExchange(port, head + body);
      assert.deepEqual([refused?.status, refused?.body.type], [429, '/problems/quota']);
      assert.equal(refused?.headers.connection, 'close');
      if (refused) checkAnswer(refused);
    }
    assert.equal((await rawExchange(port, authorized(port, BOB)))[0]?.status, 200);
    assert.equal((await rawExchange(port, live(port)))[0]?.status, 200);
    for (const { ask } of known) assert.match(await ask(authorized(port)), /^HTTP\/1.1 200/);
    known[1]?.socket.destroy();
    await untilServed(port);
  },
);

test('a connection with requests of several owners counts for the first', async (t) => {
  const { port } = await build(t, { connections: 16, connectionsPerOwner: 1, tokens: TOKENS });
  const [proxy] = await open(t, port, ['127.0.0.1']);
  for (const token of [BOB, TOKEN, BOB]) {
    assert.match((await proxy?.ask(authorized(port, token))) ?? '', /^HTTP\/1.1 200/);
  }
  assert.equal((await rawExchange(port, authorized(port, BOB)))[0]?.status, 429);
  await untilServed(port);
});
