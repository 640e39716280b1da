import assert from 'node:assert/strict';
import http from 'node:http';
import { mock } from 'node:test';
import pino from 'pino';
import { type App, type AppConfig, type AppParts, createApp } from '../../src/app.js';
import type { PolicySettings } from '../../src/daemon/policy/destination-policy.js';
import { NativeSocket } from '../../src/daemon/sockets/native-socket.js';
import type { Socket } from '../../src/daemon/sockets/socket.js';
import type { Clock } from '../../src/daemon/waiting/clock.js';
import { OPERATIONS } from '../../src/operations/list.js';
import type { InternetAddress } from '../../src/winsock/addresses.js';
import type { ProviderName } from '../../src/winsock/protocol-info.js';
import type { SocketState } from '../../src/winsock/socket-state.js';
import { DEFAULT_LIMITS } from '../default-limits.js';
import { type Answer, type Body, client, type RequestOptions, type TestClient } from '../http/client.js';
import { hasLoopback6, ipv6 } from '../http/ipv6.js';
import { isWine } from '../is-wine.js';

/** The providers that this system has: every scenario runs on each of them. */
export const PROVIDERS: readonly ProviderName[] =
  process.platform === 'win32' ? ['ws2_32', 'lab'] : ['posix', 'lab'];

/** The families that have a loopback address on this machine. CI must have both. */
export const FAMILIES: readonly InternetAddress['family'][] = (['AF_INET', 'AF_INET6'] as const).filter(
  (family) => family === 'AF_INET' || process.env.CI === 'true' || hasLoopback6(),
);

export { ipv6 };

export const ALICE = 'token-of-alice-0123456789';
export const BOB = 'token-of-bob-0123456789';

export interface TestDaemon {
  readonly app: App;
  readonly url: string;
  readonly port: number;
  /** The client of alice. */
  readonly api: TestClient;
  /** The client of bob. */
  readonly bob: TestClient;
}

export interface TestDaemonOptions extends Omit<AppParts, 'clock'> {
  readonly clock?: Clock;
  /** Its clients use their connections again: for tests with very many calls, a connection each takes long. */
  readonly keepAlive?: true;
  /** Differences from the configuration of the tests; limits and policy are merged member by member. */
  readonly config?: Partial<Omit<AppConfig, 'limits' | 'policy'>> & {
    readonly limits?: Partial<AppConfig['limits']>;
    readonly policy?: {
      readonly [kind in keyof PolicySettings]?: Partial<PolicySettings[kind]>;
    };
  };
}

const CONFIG: AppConfig = {
  host: '127.0.0.1',
  port: 0,
  provider: PROVIDERS[0] ?? 'lab',
  tokens: [
    { name: 'alice', token: ALICE },
    { name: 'bob', token: BOB },
  ],
  version: '0.0.0',
  policy: {
    connect: { allow: ['127.0.0.0/8', '::1/128'] },
    bind: { allow: ['127.0.0.0/8', '::1/128'], reuseAddress: false },
  },
  // Some tests hold more sockets than the default allows.
  limits: { ...DEFAULT_LIMITS, socketsPerOwner: 2000 },
  drainSeconds: 5,
};

/** A test, or the file with all of them. */
export interface HasAfter {
  after(end: () => unknown): void;
}

/**
 * The whole daemon on a free port, ended after the test. A handler that answers a code it does not state,
 * or loses a handle, makes its call fail.
 */
export const startDaemon = async (
  t: HasAfter,
  { config, keepAlive, ...parts }: TestDaemonOptions = {},
): Promise<TestDaemon> => {
  const observer: AppParts['observer'] = {
    unstated: (op, { code, call }) => {
      const text = `${op.name} answered ${code} of ${call}: state it in errors or alsoSeen of the operation`;
      // The answer is a 500 without this text, and the log of the daemon is off.
      process.stderr.write(`${text}\n`);
      throw new Error(text);
    },
    lostHandle: (op, id) => {
      throw new Error(`${op.name} lost the handle of ${id}`);
    },
  };
  const whole = {
    ...CONFIG,
    ...config,
    limits: { ...CONFIG.limits, ...config?.limits },
    policy: {
      connect: { ...CONFIG.policy.connect, ...config?.policy?.connect },
      bind: { ...CONFIG.policy.bind, ...config?.policy?.bind },
      relay: { remote: false, ...config?.policy?.relay },
    },
  };
  const app = await createApp(whole, pino({ level: 'silent' }), { observer, ...parts });
  const url = await app.listen();
  const agent = keepAlive && new http.Agent({ keepAlive });
  t.after(() => {
    agent?.destroy();
    return app.drain();
  });
  const api = client(url, ALICE, { operations: OPERATIONS, ...(agent && { agent }) });
  return { app, url, port: Number(new URL(url).port), api, bob: api.as(BOB) };
};

/** When a wait is given up, in ms: far more than a busy machine needs. */
const GIVE_UP_MS = 30_000;

/** Lets the event loop turn until the condition holds; for changes inside the daemon that no answer shows. */
export const until = async (holds: () => boolean, what: string): Promise<void> => {
  const began = performance.now();
  while (!holds()) {
    assert.ok(performance.now() - began < GIVE_UP_MS, `never came: ${what}`);
    await new Promise(setImmediate);
  }
};

/**
 * Resolves when the daemon answers requests without touching its sockets: pending polls end, but a wait that
 * spins does not.
 */
export const atRest = async ({ api }: TestDaemon): Promise<void> => {
  const looks = [mock.method(NativeSocket.prototype, 'use'), mock.method(NativeSocket.prototype, 'watch')];
  try {
    for (let tries = 0; tries < 20; tries++) {
      for (const { mock: counted } of looks) counted.resetCalls();
      for (let requests = 0; requests < 10; requests++) await api.ok.get('/health/live');
      if (looks.every(({ mock: counted }) => counted.callCount() === 0)) return;
    }
    assert.fail('it spins');
  } finally {
    for (const { mock: counted } of looks) counted.restore();
  }
};

/** One socket, called over HTTP. */
export class TestSocket {
  readonly id: string;
  readonly #api: TestClient;
  readonly #app: App;

  constructor({ api, app }: Pick<TestDaemon, 'api' | 'app'>, id: string) {
    this.#api = api;
    this.#app = app;
    this.id = id;
  }

  /** The result of an operation that must succeed. */
  ok(operation: string, params: object = {}, options?: RequestOptions): Promise<Body> {
    return this.#api.ok.post(`/v1/sockets/${this.id}/${operation}`, params, options);
  }

  /** The problem of an operation that must fail. */
  problem(operation: string, params: object = {}, options?: RequestOptions): Promise<Body> {
    return this.#api.problem.post(`/v1/sockets/${this.id}/${operation}`, params, options);
  }

  /** The answer of an operation, success or failure. */
  answer(operation: string, params: object = {}, options?: RequestOptions): Promise<Answer> {
    return this.#api.post(`/v1/sockets/${this.id}/${operation}`, params, options);
  }

  /** Resolves when a call that was sent before is pending on the socket. */
  untilBusy(): Promise<void> {
    return until(() => this.#live().calls.areAny, 'a call works on the socket');
  }

  /** Resolves when no call is pending on the socket. */
  untilIdle(): Promise<void> {
    return until(() => !this.#live().calls.areAny, 'no call works on the socket');
  }

  /** Resolves when the socket is in one of the states. */
  untilState(states: readonly SocketState[]): Promise<void> {
    return until(() => states.includes(this.#live().state), `the state is ${states.join(' or ')}`);
  }

  /** Resolves when so many bytes have arrived: the system may need a moment. */
  async untilAvailable(bytes: number): Promise<void> {
    const began = performance.now();
    for (;;) {
      const { value } = await this.ok('ioctl', { request: 'FIONREAD' });
      if (value >= bytes) return;
      assert.ok(performance.now() - began < GIVE_UP_MS, `only ${value} of ${bytes} bytes have come`);
    }
  }

  #live(): Socket {
    const socket = this.#app.daemon.sockets.find(this.id);
    assert.ok(socket, 'the socket is live');
    return socket;
  }

  /** getSocket. */
  info(): Promise<Body> {
    return this.#api.ok.get(`/v1/sockets/${this.id}`);
  }

  /** duplicate: another id of the same socket. */
  duplicate(params: object = {}): Promise<TestSocket> {
    return this.#another('duplicate', params);
  }

  /** accept: the socket of the accepted connection. */
  accept(params: object = {}): Promise<TestSocket> {
    return this.#another('accept', params);
  }

  async #another(operation: string, params: object): Promise<TestSocket> {
    const { socketId } = await this.ok(operation, params);
    return new TestSocket({ api: this.#api, app: this.#app }, socketId);
  }

  async sockName(): Promise<InternetAddress> {
    const { address } = await this.#api.ok.get(`/v1/sockets/${this.id}/sockName`);
    return address;
  }

  setOption(level: string, name: string, value: object): Promise<Body> {
    return this.#api.ok.put(`/v1/sockets/${this.id}/options/${level}/${name}`, { value });
  }

  /** Everything up to the end of the stream, as text. */
  async drain(): Promise<string> {
    const parts: Buffer[] = [];
    for (;;) {
      const { data, eof } = await this.ok('recv', { timeoutMs: 10_000 });
      if (eof) return Buffer.concat(parts).toString();
      parts.push(Buffer.from(data.base64, 'base64'));
    }
  }
}

/** One session on one provider, called over HTTP. */
export class TestSession {
  readonly id: string;
  readonly #daemon: Pick<TestDaemon, 'api' | 'app'>;
  readonly #provider: ProviderName;

  constructor(daemon: Pick<TestDaemon, 'api' | 'app'>, id: string, provider: ProviderName) {
    this.#daemon = daemon;
    this.id = id;
    this.#provider = provider;
  }

  get path(): string {
    return `/v1/sessions/${this.id}`;
  }

  /** The result of an operation of the session that must succeed. */
  ok(operation: string, params: object = {}, options?: RequestOptions): Promise<Body> {
    return this.#daemon.api.ok.post(`${this.path}/${operation}`, params, options);
  }

  /** The problem of an operation that must fail. */
  problem(operation: string, params: object = {}, options?: RequestOptions): Promise<Body> {
    return this.#daemon.api.problem.post(`${this.path}/${operation}`, params, options);
  }

  /** The answer, success or failure. */
  answer(operation: string, params: object = {}, options?: RequestOptions): Promise<Answer> {
    return this.#daemon.api.post(`${this.path}/${operation}`, params, options);
  }

  /** armFault: for the session, or for the socket that the fault names. */
  arm(fault: object): Promise<Body> {
    return this.ok('faults', fault);
  }

  async stream(family: InternetAddress['family'] = 'AF_INET'): Promise<TestSocket> {
    return this.socket({ family, type: 'SOCK_STREAM' });
  }

  async datagram(family: InternetAddress['family'] = 'AF_INET'): Promise<TestSocket> {
    return this.socket({ family, type: 'SOCK_DGRAM' });
  }

  async socket(params: object): Promise<TestSocket> {
    const { socketId } = await this.#daemon.api.ok.post(`${this.path}/sockets`, {
      provider: this.#provider,
      ...params,
    });
    return new TestSocket(this.#daemon, socketId);
  }

  /** A bound stream socket that listens on a free port of loopback. */
  async listener(family: InternetAddress['family'] = 'AF_INET', backlog = 16): Promise<TestSocket> {
    const listener = await this.stream(family);
    await listener.ok('bind', { address: loopback(family, 0) });
    await listener.ok('listen', { backlog });
    return listener;
  }

  /**
   * A loopback address that refuses connections, and the socket that is bound to it: while it is open, no
   * other program can listen there. Once it listens, connections succeed.
   */
  async refusingAddress(): Promise<{ readonly address: InternetAddress; readonly holder: TestSocket }> {
    const holder = await this.stream();
    await holder.ok('bind', { address: loopback('AF_INET', 0) });
    return { address: await holder.sockName(), holder };
  }

  /** Two ends of one connection: the connecting one, the accepted one. */
  async pair(family: InternetAddress['family'] = 'AF_INET'): Promise<[TestSocket, TestSocket]> {
    const listener = await this.listener(family);
    const client = await this.stream(family);
    await client.ok('connect', { address: await listener.sockName() });
    const server = await listener.accept({ timeoutMs: 10_000 });
    await listener.ok('close');
    return [client, server];
  }

  /**
   * A socket whose connect stays pending: on the lab to an address that never answers; on Linux (so under
   * Wine too) to a listener with a full backlog, which makes Linux drop connection requests; on Windows to a
   * listener with SO_CONDITIONAL_ACCEPT that never decides.
   */
  async connecting(): Promise<TestSocket> {
    const socket = await this.stream();
    const address = await this.#silentAddress();
    const limited = await socket.problem('connect', { address, timeoutMs: 50 });
    assert.deepEqual([limited.name, limited.state], ['WSAETIMEDOUT', 'connecting']);
    return socket;
  }

  async #silentAddress(): Promise<InternetAddress> {
    if (this.#provider === 'lab') return BLACK_HOLE;
    if (this.#provider === 'posix' || isWine()) return this.#fullListener();
    const listener = await this.stream();
    await listener.setOption('SOL_SOCKET', 'SO_CONDITIONAL_ACCEPT', { boolean: true });
    await listener.ok('bind', { address: loopback('AF_INET', 0) });
    await listener.ok('listen', { backlog: 5 });
    return listener.sockName();
  }

  async #fullListener(): Promise<InternetAddress> {
    const listener = await this.listener('AF_INET', 0);
    const address = await listener.sockName();
    await (await this.stream()).ok('connect', { address });
    // The connect may succeed before the listener has the connection.
    await this.ok('select', { read: [listener.id], timeoutMs: 10_000 });
    return address;
  }
}

/**
 * Sends from one end of a connection until its buffer is full; returns the number of bytes. The blocking mode
 * stays as it was.
 */
export const fillSendBuffer = async (sender: TestSocket, receiver: TestSocket): Promise<number> => {
  await sender.setOption('SOL_SOCKET', 'SO_SNDBUF', { integer: SEND_BUFFER });
  await receiver.setOption('SOL_SOCKET', 'SO_RCVBUF', { integer: RECEIVE_BUFFER });
  const { nonBlocking } = await sender.info();
  await sender.ok('ioctl', { request: 'FIONBIO', value: 1 });
  const base64 = Buffer.alloc(SEND_BUFFER, 'x').toString('base64');
  for (let sent = 0; ; ) {
    const { status, body } = await sender.answer('send', { data: { base64 } });
    if (status !== 200) {
      assert.equal(body.name, 'WSAEWOULDBLOCK');
      if (!nonBlocking) await sender.ok('ioctl', { request: 'FIONBIO', value: 0 });
      return sent;
    }
    sent += body.bytesSent;
  }
};

/** The bytes of an answer, as text. */
export const textOf = ({ data }: Body): string => Buffer.from(data.base64, 'base64').toString();

/** Starts a session; its sockets are opened on the provider. */
export const startSession = async (
  daemon: Pick<TestDaemon, 'api' | 'app'>,
  provider: ProviderName,
  params: object = {},
): Promise<TestSession> => {
  const { sessionId } = await daemon.api.ok.post('/v1/startup', params);
  return new TestSession(daemon, sessionId, provider);
};

/**
 * Buffers of a fixed size, the receiver's much the smaller one. A system that sizes buffers itself may
 * enlarge full ones, so that the sender has room again though the peer has received nothing.
 */
const SEND_BUFFER = 1 << 18;
const RECEIVE_BUFFER = 1 << 16;

/** An address of the lab that never answers. */
const BLACK_HOLE: InternetAddress = { family: 'AF_INET', address: '203.0.113.1', port: 80 };

export const loopback = (family: InternetAddress['family'], port: number): InternetAddress => ({
  family,
  address: family === 'AF_INET' ? '127.0.0.1' : '::1',
  port,
});
