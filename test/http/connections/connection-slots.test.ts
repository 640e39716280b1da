import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import type { ServerResponse } from 'node:http';
import net, { type Socket } from 'node:net';
import test, { type TestContext } from 'node:test';
import fc from 'fast-check';
import { ConnectionSlots } from '../../../src/http/connections/connection-slots.js';
import { build, TOKEN } from '../build.js';
import { checkAnswer } from '../client.js';
import { ipv6 } from '../ipv6.js';
import { rawExchange } from '../raw.js';

const CLOSE = '/v1/sockets/sck_1/close';

/** What ConnectionSlots uses of a connection. */
class FakeSocket extends EventEmitter {
  destroyed = false;
  destroy(): void {
    this.destroyed = true;
  }
}

const newConnection = (slots: ConnectionSlots): FakeSocket => {
  const socket = new FakeSocket();
  slots.take(socket as unknown as Socket);
  return socket;
};

type Kind = 'authenticated' | 'idle' | 'served';

/** A connection in the model that ConnectionSlots is compared with. */
interface Modelled {
  readonly socket: FakeSocket;
  readonly kind: Kind;
  /** The owner of an authenticated connection. */
  readonly owner?: string;
  /** The answers that it still waits for. */
  readonly answers: readonly EventEmitter[];
}

const LIMIT = 20;
const MOST_AUTHENTICATED = 19;
const PER_OWNER = 8;
const OWNERS = ['alice', 'bob', 'carol'];

test('a new connection replaces the longest idle, else the longest served, without a token', () => {
  const step = fc.record({
    what: fc.constantFrom('take', 'take', 'authenticate', 'serve', 'answered', 'close'),
    which: fc.nat(),
    owner: fc.constantFrom(...OWNERS),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const slots = new ConnectionSlots(LIMIT, PER_OWNER);
      // In the order in which each changed to its kind.
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
        const socket = newConnection(slots);
        assert.equal(victim?.socket.destroyed ?? true, true, 'its slot was needed');
        all = [...without(victim), { socket, kind: 'idle', answers: [] }];
      };
      const authenticate = (one: Modelled, owner: string): void => {
        const authenticated = all.filter(({ kind }) => kind === 'authenticated');
        const owned = authenticated.filter((other) => other.owner === owner);
        const refusal =
          one.kind === 'authenticated'
            ? undefined
            : owned.length === PER_OWNER
              ? 'quota'
              : authenticated.length === MOST_AUTHENTICATED
                ? 'overloaded'
                : undefined;
        assert.equal(slots.authenticate(one.socket as unknown as Socket, owner)?.refusal, refusal);
        if (one.kind !== 'authenticated' && refusal === undefined)
          change(one, { kind: 'authenticated', owner });
      };
      const serve = (one: Modelled): void => {
        const answer = new EventEmitter();
        slots.serve(one.socket as unknown as Socket, answer as unknown as ServerResponse);
        if (one.kind !== 'authenticated') change(one, { kind: 'served', answers: [...one.answers, answer] });
      };
      /** Ends the oldest answer of a connection: answers end in their order. */
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
        else ({ authenticate, serve, answered, close })[what](one, owner);
        assert.equal(slots.size, all.length);
        assert.ok(all.every(({ socket }) => !socket.destroyed));
      }
    }),
    { numRuns: 300 },
  );
});

const requestWithToken = (port: number, token = TOKEN): string =>
  `POST ${CLOSE} HTTP/1.1\r\nHost: localhost:${port}\r\nAuthorization: Bearer ${token}\r\n\r\n`;

const healthProbe = (port: number): string => `GET /health/live HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`;

/** Opens a connection that stays open. */
const connect = async (t: TestContext, port: number, address = '127.0.0.1') => {
  const socket = net.connect(port, address);
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  socket.on('error', () => undefined).setEncoding('latin1');
  /** Sends a request, and gives the first bytes of its answer. */
  const ask = async (bytes: string): Promise<string> => {
    socket.write(bytes);
    const [text] = await once(socket, 'data');
    return String(text);
  };
  return { socket, ask, closed: once(socket, 'close') };
};

const connectToEach = async (t: TestContext, port: number, addresses: readonly string[]) => {
  const connections: Awaited<ReturnType<typeof connect>>[] = [];
  // One after the other: the test depends on their order.
  for (const address of addresses) connections.push(await connect(t, port, address));
  return connections;
};

test('connections without a token displace only the oldest ones without a token', async (t) => {
  const { port } = await build(t, { connections: 16 });
  const [authenticated] = await connectToEach(t, port, ['127.0.0.1']);
  assert.match((await authenticated?.ask(requestWithToken(port))) ?? '', /^HTTP\/1.1 200/);
  const unauthenticated = await connectToEach(t, port, Array(15).fill('127.0.0.1'));
  for (const [at, one] of unauthenticated.slice(0, 3).entries()) {
    const { ask } = await connect(t, port);
    await one.closed;
    assert.match(await ask(healthProbe(port)), /^HTTP\/1.1 200/, `new connection ${at}`);
  }
  assert.deepEqual(
    unauthenticated.slice(3).map(({ socket }) => socket.destroyed),
    Array(12).fill(false),
  );
  assert.match((await authenticated?.ask(requestWithToken(port))) ?? '', /^HTTP\/1.1 200/);
});

test('the connections of both listeners are counted together', ipv6, async (t) => {
  const { port } = await build(t, { host: 'localhost', connections: 16 });
  const [oldest, ...others] = await connectToEach(t, port, [
    ...Array(8).fill('::1'),
    ...Array(8).fill('127.0.0.1'),
  ]);
  await connect(t, port, '127.0.0.1');
  await oldest?.closed;
  assert.ok(others.every(({ socket }) => !socket.destroyed));
});

test('while authenticated connections use all slots, only health probes are answered', async (t) => {
  const { port } = await build(t, { connections: 16 });
  const authenticated = await connectToEach(t, port, Array(15).fill('127.0.0.1'));
  for (const { ask } of authenticated) assert.match(await ask(requestWithToken(port)), /^HTTP\/1.1 200/);
  for (let i = 0; i < 3; i++) {
    const [answer] = await rawExchange(port, requestWithToken(port));
    assert.deepEqual([answer?.status, answer?.body.type], [503, '/problems/overloaded']);
    assert.equal(answer?.headers.connection, 'close');
    if (answer) checkAnswer(answer);
    const [health] = await rawExchange(port, healthProbe(port));
    assert.equal(health?.status, 200);
  }
  for (const { ask } of authenticated) assert.match(await ask(requestWithToken(port)), /^HTTP\/1.1 200/);
  authenticated[0]?.socket.destroy();
  await untilServed(port);
});

const BOB = 'token-of-bob-0123456789';
const TOKENS = [
  { name: 'alice', token: TOKEN },
  { name: 'bob', token: BOB },
];

/** Repeats a request until it succeeds: a slot is free once the daemon sees that its connection ended. */
const untilServed = async (port: number): Promise<void> => {
  let status: number | undefined;
  for (let tries = 0; status !== 200 && tries < 1000; tries++) {
    status = (await rawExchange(port, requestWithToken(port)))[0]?.status;
  }
  assert.equal(status, 200);
};

test(
  'an owner has at most its number of connections at both listeners together, and other owners have theirs',
  ipv6,
  async (t) => {
    const limits = { connections: 16, connectionsPerOwner: 4 };
    const { port } = await build(t, { ...limits, host: 'localhost', tokens: TOKENS });
    const authenticated = await connectToEach(t, port, ['127.0.0.1', '::1', '127.0.0.1', '::1']);
    for (const { ask } of authenticated) assert.match(await ask(requestWithToken(port)), /^HTTP\/1.1 200/);
    for (const body of ['', 'x'.repeat(100_000)]) {
      const head = requestWithToken(port).replace(
        '\r\n\r\n',
        `\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
      );
      const [refused] = await rawExchange(port, head + body);
      assert.deepEqual([refused?.status, refused?.body.type], [429, '/problems/quota']);
      assert.equal(refused?.headers.connection, 'close');
      if (refused) checkAnswer(refused);
    }
    assert.equal((await rawExchange(port, requestWithToken(port, BOB)))[0]?.status, 200);
    assert.equal((await rawExchange(port, healthProbe(port)))[0]?.status, 200);
    for (const { ask } of authenticated) assert.match(await ask(requestWithToken(port)), /^HTTP\/1.1 200/);
    authenticated[1]?.socket.destroy();
    await untilServed(port);
  },
);

test('a connection with requests of several owners counts for the owner of the first request', async (t) => {
  const { port } = await build(t, { connections: 16, connectionsPerOwner: 1, tokens: TOKENS });
  const [proxy] = await connectToEach(t, port, ['127.0.0.1']);
  for (const token of [BOB, TOKEN, BOB]) {
    assert.match((await proxy?.ask(requestWithToken(port, token))) ?? '', /^HTTP\/1.1 200/);
  }
  assert.equal((await rawExchange(port, requestWithToken(port, BOB)))[0]?.status, 429);
  await untilServed(port);
});
