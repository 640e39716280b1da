/** Relays of a session, with a client and an upstream server that are sockets of the same session. */
import assert from 'node:assert/strict';
import type { ProviderName } from '../../../src/winsock/protocol-info.js';
import type { Body } from '../../http/client.js';
import { startSession, type TestDaemon, type TestSession, type TestSocket, until } from '../test-daemon.js';

export class TestRelay {
  readonly daemon: TestDaemon;
  readonly session: TestSession;
  /** Where programs connect to. */
  readonly listener: TestSocket;
  /** Where the relay connects to. */
  readonly server: TestSocket;
  readonly id: string;

  constructor(parts: Pick<TestRelay, 'daemon' | 'session' | 'listener' | 'server' | 'id'>) {
    this.daemon = parts.daemon;
    this.session = parts.session;
    this.listener = parts.listener;
    this.server = parts.server;
    this.id = parts.id;
  }

  get path(): string {
    return `${this.session.path}/relays/${this.id}`;
  }

  info(): Promise<Body> {
    return this.daemon.api.ok.get(this.path);
  }

  update(params: object): Promise<Body> {
    return this.daemon.api.ok.post(this.path, params);
  }

  async end(pairs?: 'finish' | 'reset'): Promise<Body> {
    const { status, body } = await this.daemon.api.delete(`${this.path}${pairs ? `?pairs=${pairs}` : ''}`);
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  }

  /** A client of the relay; its connection may still be in the queue of the listener. */
  async client(): Promise<TestSocket> {
    const client = await this.session.stream();
    await client.ok('connect', { address: await this.listener.sockName() });
    return client;
  }

  /** The two ends of a relayed connection: the client's socket, and that of the server. */
  async pair(): Promise<[TestSocket, TestSocket]> {
    const client = await this.client();
    return [client, await this.server.accept({ timeoutMs: 10_000 })];
  }

  /** Resolves when the relay has so many open pairs. */
  async untilOpen(count: number): Promise<void> {
    await until(() => this.#live()?.open.length === count, `${count} pairs are open`);
  }

  /** Resolves when a pair has its upstream socket. */
  async untilConnecting(number: number): Promise<void> {
    await until(() => {
      const pair = this.#live()?.open.find((one) => one.number === number);
      return pair?.idOf('upstream') !== undefined;
    }, 'the pair has both sockets');
  }

  /** Resolves when the relay has ended. */
  async untilEnded(): Promise<void> {
    await until(() => this.#live() === undefined, 'the relay has ended');
  }

  #live() {
    const { relays, sessions } = this.daemon.app.daemon;
    const session = sessions.findOfAnyOwner(this.session.id);
    return session && relays.find(session, this.id);
  }
}

/** Starts a relay; `params` are those of startRelay, beside `upstream`. */
export const startRelay = async (
  daemon: TestDaemon,
  provider: ProviderName,
  params: object = {},
  session?: TestSession,
): Promise<TestRelay> => {
  const of = session ?? (await startSession(daemon, provider));
  const [listener, server] = [await of.listener(), await of.listener()];
  const { status, headers, body } = await daemon.api.post(`/v1/sockets/${listener.id}/relay`, {
    upstream: await server.sockName(),
    ...params,
  });
  assert.equal(status, 201, JSON.stringify(body));
  assert.equal(headers.location, `${of.path}/relays/${body.relayId}`);
  return new TestRelay({ daemon, session: of, listener, server, id: body.relayId });
};

/** The end of a relay with that number of its pairs. */
export const pairOf = ({ pairs }: Body, number: number): Body =>
  pairs.find((pair: Body) => pair.number === number);
