import type { TestContext } from 'node:test';
import type { FastifyInstance } from 'fastify';
import pino from 'pino';
import { ByteAccounts } from '../../src/daemon/memory/byte-account.js';
import { PieceRooms } from '../../src/daemon/memory/piece-rooms.js';
import { systemClock } from '../../src/daemon/waiting/clock.js';
import { Turns } from '../../src/daemon/waiting/turns.js';
import { Listeners } from '../../src/http/connections/listeners.js';
import { buildServer, type EdgeLimits, type ServerOptions } from '../../src/http/server.js';
import type { Dispatch } from '../../src/operations/dispatch/dispatch.js';
import type { Delivery, Reply } from '../../src/operations/dispatch/reply.js';
import { NO_EVENTS } from '../../src/operations/journal/event-feed.js';
import type { AnyOperation } from '../../src/operations/operation.js';
import { DEFAULT_LIMITS } from '../default-limits.js';
import { client, type TestClient } from './client.js';
import { FAKE_OPERATIONS } from './fake-operations.js';

export const TOKEN = 'token-of-alice-0123456789';

/** A call that reached dispatch. */
export interface SeenCall {
  readonly name: string;
  readonly owner: string;
  readonly params: Record<string, unknown>;
}

export interface Built {
  readonly app: FastifyInstance;
  readonly listeners: Listeners;
  readonly port: number;
  readonly url: string;
  readonly api: TestClient;
  /** The calls that reached dispatch, in order. */
  readonly calls: readonly SeenCall[];
  /** How each reply was settled, in order. */
  readonly settled: readonly Delivery[];
  /** The lines of the log. */
  readonly logged: readonly string[];
}

/** The answer of the fake dispatch to a call: the members that differ from a successful reply. */
export type FakeAnswer = (params: Record<string, unknown>) => Partial<Reply> | Promise<Partial<Reply>>;

export interface BuildOptions extends Partial<Omit<ServerOptions, 'limits'>> {
  /** The limits that differ from the defaults of the configuration. */
  readonly limits?: Partial<EdgeLimits>;
  /** Any free port if absent. */
  readonly port?: number;
  readonly closeGraceMs?: number;
  readonly answers?: Readonly<Record<string, FakeAnswer>>;
  /** Called with every request that reaches dispatch. */
  readonly onCall?: (request: Parameters<Dispatch>[1]) => void;
}

const health = {
  isDraining: () => false,
  notReady: () => undefined,
  about: () => ({}),
  drain: () => undefined,
};

/** A server whose dispatch gives the answers of the test. It is closed after the test. */
export const build = async (
  t: TestContext,
  { answers = {}, onCall, port: wanted = 0, closeGraceMs, limits, ...options }: BuildOptions = {},
): Promise<Built> => {
  const calls: SeenCall[] = [];
  const settled: Delivery[] = [];
  const logged: string[] = [];
  const dispatch: Dispatch = async (op, request) => {
    const { owner, params } = request;
    onCall?.(request);
    calls.push({ name: op.name, owner, params });
    let isSettled = false;
    const settle = (delivered: Delivery): void => {
      if (!isSettled) settled.push(delivered);
      isSettled = delivered !== 'collected';
    };
    const answer = answers[op.name]?.(params) ?? {};
    return replyOf(op, await answer, settle);
  };
  const operations = options.operations ?? FAKE_OPERATIONS;
  const app = await buildServer({
    chapters: [{ name: 'tested', description: 'Operations of a test.', operations }],
    operations,
    dispatch,
    findSocket: () => undefined,
    endSocket: () => undefined,
    rooms: new PieceRooms(),
    tokens: [{ name: 'alice', token: TOKEN }],
    host: '127.0.0.1',
    log: pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) }),
    version: '0.0.0',
    health,
    events: NO_EVENTS,
    bytes: new ByteAccounts(DEFAULT_LIMITS),
    limits: { ...DEFAULT_LIMITS, ...limits },
    connections: DEFAULT_LIMITS.connections,
    connectionsPerOwner: DEFAULT_LIMITS.connectionsPerOwner,
    turns: new Turns({ setImmediate }),
    clock: systemClock,
    ...options,
  });
  // Only the refusals of the gates are real answers: see scripts/test/record-answers.mjs.
  Object.assign(app.server, { answersAreInvented: true });
  const listeners = new Listeners(app, closeGraceMs);
  await listeners.listen({ port: wanted, host: options.host === 'localhost' ? 'localhost' : '127.0.0.1' });
  t.after(() => listeners.close());
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const url = `http${options.tls === undefined ? '' : 's'}://127.0.0.1:${port}`;
  return { app, listeners, port, url, api: client(url, TOKEN, { operations }), calls, settled, logged };
};

const replyOf = (operation: AnyOperation, parts: Partial<Reply>, settle: Reply['settle']): Reply => ({
  operation,
  answer: { ok: true, value: {} },
  context: {},
  timing: { native: 1.234, wait: 0 },
  settle,
  ...parts,
});
