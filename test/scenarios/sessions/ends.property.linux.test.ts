/** Whatever order sockets and sessions begin and end in, counts and system resources return to zero. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  PROVIDERS,
  startDaemon,
  startSession,
  type TestDaemon,
  type TestSession,
  TestSocket,
  until,
} from '../test-daemon.js';
import { cutBeforeReply } from '../transfer/lost-replies.js';

const QUOTA = 16;
const ACTS = [
  'open',
  'open, lost',
  'open, lost after a close',
  'pair',
  'accept, lost',
  'accept, lost after a close',
  'duplicate',
  'duplicate, lost',
  'duplicate, lost after a close',
  'close',
  'close twice at once',
  'reset',
  'cleanup',
  'end the session',
  'another session',
] as const;
type Act = (typeof ACTS)[number];

/** A step of a script, and the socket that it acts on. */
const script = fc.array(fc.tuple(fc.constantFrom(...ACTS), fc.nat(100)), {
  minLength: 5,
  maxLength: 25,
  size: 'max',
});

const descriptors = (): number => readdirSync('/proc/self/fd').length;

/**
 * The sockets and sessions of one script; it knows those that were answered, and closes those that it finds
 * in lists.
 */
class ScriptState {
  readonly #daemon: TestDaemon;
  readonly #seam: ReturnType<typeof cutBeforeReply>;
  readonly #provider: (typeof PROVIDERS)[number];
  #sessions: TestSession[] = [];
  #sockets: TestSocket[] = [];

  constructor(
    daemon: TestDaemon,
    seam: ReturnType<typeof cutBeforeReply>,
    provider: (typeof PROVIDERS)[number],
  ) {
    this.#daemon = daemon;
    this.#seam = seam;
    this.#provider = provider;
  }

  async act(act: Act, which: number): Promise<void> {
    const session = this.#sessions[which % this.#sessions.length] ?? (await this.#another());
    const socket = this.#sockets[which % (this.#sockets.length || 1)];
    const [what, how] = act.split(', ');
    // Leaves room for the sockets of one step.
    if (this.#daemon.app.daemon.sockets.size > QUOTA - 4 && what !== 'close') return this.#close(socket);
    const opening = { family: 'AF_INET', type: 'SOCK_STREAM', provider: this.#provider };
    if (what === 'open') await this.#make(`${session.path}/sockets`, opening, how);
    else if (what === 'duplicate' && socket) await this.#duplicate(socket, session, how);
    else if (what === 'pair') this.#sockets.push(...(await session.pair()));
    else if (what === 'accept') await this.#accept(session, how);
    else if (what === 'close') await this.#close(socket);
    else if (what === 'close twice at once') await Promise.all([this.#close(socket), this.#close(socket)]);
    else if (what === 'reset' && socket) await this.#reset(socket);
    else if (what === 'cleanup') {
      await session.ok('cleanup');
      await this.#daemon.api.ok.post('/v1/startup', { sessionId: session.id });
      await this.#forgetGone();
    } else if (what === 'end the session') {
      await this.#daemon.api.ok.delete(session.path);
      this.#sessions = this.#sessions.filter((one) => one !== session);
      await this.#forgetGone();
    } else if (what === 'another session') await this.#another();
  }

  async end(): Promise<void> {
    for (const session of this.#sessions) await this.#daemon.api.ok.delete(session.path);
  }

  async #another(): Promise<TestSession> {
    const session = await startSession(this.#daemon, this.#provider);
    this.#sessions.push(session);
    return session;
  }

  /** Makes a socket whose reply arrives, or is lost; perhaps another client finds and closes it first. */
  async #make(at: string, params: object, how: string | undefined): Promise<void> {
    if (how === undefined) {
      const { socketId } = await this.#daemon.api.ok.post(at, params);
      this.#sockets.push(new TestSocket(this.#daemon, socketId));
      return;
    }
    const before = await this.#live();
    await this.#seam.cut(this.#daemon, at, params, async () => {
      if (how !== 'lost after a close') return;
      for (const id of (await this.#live()).filter((one) => !before.includes(one))) {
        await new TestSocket(this.#daemon, id).ok('close');
      }
    });
  }

  async #duplicate(socket: TestSocket, session: TestSession, how: string | undefined): Promise<void> {
    // A socket whose connection a fault has reset cannot be duplicated.
    if ((await socket.info()).state === 'reset') return;
    await this.#make(`${path(socket)}/duplicate`, { sessionId: session.id }, how);
  }

  async #accept(session: TestSession, how: string | undefined): Promise<void> {
    const listener = await session.listener();
    const client = await session.stream();
    await client.ok('connect', { address: await listener.sockName() });
    await this.#make(`${path(listener)}/accept`, {}, how);
    this.#sockets.push(listener, client);
  }

  async #close(socket: TestSocket | undefined): Promise<void> {
    if (!socket) return;
    const { status } = await socket.answer('close');
    assert.ok(status === 200 || status === 410, `close answered ${status}`);
    this.#sockets = this.#sockets.filter((one) => one !== socket);
  }

  async #reset(socket: TestSocket): Promise<void> {
    const { sessionId, state } = await socket.info();
    if (state !== 'connected') return;
    const fault = { operation: 'send', socketId: socket.id, effect: 'reset' };
    await this.#daemon.api.ok.post(`/v1/sessions/${sessionId}/faults`, fault);
    assert.equal((await socket.problem('send', { data: { text: 'x' } })).name, 'WSAECONNRESET');
  }

  async #live(): Promise<string[]> {
    const lists = this.#sessions.map(({ path }) => this.#daemon.api.ok.get(`${path}/sockets`));
    return (await Promise.all(lists)).flatMap(({ sockets }) =>
      sockets.map((one: { socketId: string }) => one.socketId),
    );
  }

  async #forgetGone(): Promise<void> {
    const live = await this.#live();
    this.#sockets = this.#sockets.filter(({ id }) => live.includes(id));
  }
}

const path = ({ id }: TestSocket): string => `/v1/sockets/${id}`;

for (const provider of PROVIDERS) {
  test(`sockets and sessions on ${provider}: nothing is left, and nothing is counted twice`, async (t) => {
    const seam = cutBeforeReply();
    const daemon = await startDaemon(t, {
      beforeReply: seam.beforeReply,
      config: { limits: { socketsPerOwner: QUOTA } },
    });
    await fc.assert(
      fc.asyncProperty(script, async (acts) => {
        const before = descriptors();
        const world = new ScriptState(daemon, seam, provider);
        for (const [act, which] of acts) await world.act(act, which);
        await world.end();
        assert.deepEqual(
          [daemon.app.daemon.sockets.size, daemon.app.daemon.sockets.closings().length],
          [0, 0],
        );
        assert.equal(daemon.app.daemon.sessions.size, 0);
        await until(() => descriptors() <= before, `${before} descriptors again`);
        const session = await startSession(daemon, provider);
        for (let i = 0; i < QUOTA; i++) await session.datagram();
        const params = { family: 'AF_INET', type: 'SOCK_DGRAM', provider };
        assert.equal((await daemon.api.problem.post(`${session.path}/sockets`, params)).status, 429);
        await daemon.api.ok.delete(session.path);
        await until(() => descriptors() <= before, `${before} descriptors again`);
      }),
      { numRuns: 30, endOnFailure: true },
    );
  });
}
