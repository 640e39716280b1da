/**
 * Random receives, sends, cancels and cuts over WebSockets: every request is answered once, unless its WebSocket
 * was cut, and no byte is lost, comes twice or out of order, but for those in answers that a cut destroyed.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Body } from '../../http/client.js';
import {
  PROVIDERS,
  startDaemon,
  startSession,
  type TestDaemon,
  type TestSocket,
  until,
} from '../test-daemon.js';
import { rpcRequest } from './rpc-client.js';
import { RpcSocket } from './rpc-socket.js';

type Step =
  | { readonly kind: 'recv'; readonly maxBytes: number; readonly sameTurn: boolean }
  | { readonly kind: 'send'; readonly bytes: number }
  | { readonly kind: 'cancel'; readonly pick: number }
  | { readonly kind: 'array'; readonly count: number }
  | { readonly kind: 'wait' }
  | { readonly kind: 'cut' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('recv' as const),
      maxBytes: fc.nat(4).map((n) => n + 1),
      sameTurn: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('send' as const), bytes: fc.nat(5).map((n) => n + 1) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('cancel' as const), pick: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('array' as const), count: fc.nat(2).map((n) => n + 1) }),
  },
  { weight: 3, arbitrary: fc.constant({ kind: 'wait' } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'cut' } as const) },
);

/** What was asked for and what came, over one WebSocket after another. */
class Conversation {
  readonly #daemon: TestDaemon;
  readonly #server: TestSocket;
  readonly #client: TestSocket;
  readonly #t: Parameters<typeof RpcSocket.open>[0];
  #rpc: RpcSocket;
  /** The ids of receives on the present WebSocket, those of an array together. */
  #asked: string[][] = [];
  #ids = 0;
  #sent = 0;
  /** The places of the bytes that came. */
  readonly #received: number[] = [];
  /** How many bytes had come at each cut. */
  readonly #cuts: number[] = [];

  constructor(
    t: Parameters<typeof RpcSocket.open>[0],
    daemon: TestDaemon,
    pair: [TestSocket, TestSocket],
    rpc: RpcSocket,
  ) {
    this.#t = t;
    this.#daemon = daemon;
    [this.#client, this.#server] = pair;
    this.#rpc = rpc;
  }

  async run(step: Step): Promise<void> {
    switch (step.kind) {
      case 'recv':
        this.#rpc.send(this.#receive(step.maxBytes, this.#newIds(1)[0] ?? ''));
        if (!step.sameTurn) await this.#rpc.settled();
        break;
      case 'array':
        this.#rpc.send(this.#newIds(step.count).map((id) => this.#receive(2, id)));
        break;
      case 'send': {
        const bytes = Array.from({ length: step.bytes }, () => this.#sent++ % 256);
        await this.#client.ok('send', { data: { base64: Buffer.from(bytes).toString('base64') } });
        break;
      }
      case 'cancel': {
        const ids = this.#asked.flat();
        const id = ids[step.pick % Math.max(1, ids.length)];
        if (id !== undefined) await this.#rpc.ok('rpc.cancel', { id });
        break;
      }
      case 'wait':
        await this.#rpc.settled();
        break;
      case 'cut':
        await this.#cut();
    }
  }

  /** Ends all receives, and checks what came together with what is left. */
  async end(): Promise<void> {
    await this.#rpc.settled();
    const cancelled = this.#asked.flat().map((id) => this.#rpc.ok('rpc.cancel', { id }));
    await Promise.all(cancelled);
    await until(() => this.#answered().length === this.#asked.flat().length, 'every request is answered');
    await this.#rpc.settled();
    assert.deepEqual([...this.#answered()].sort(), this.#asked.flat().sort());
    this.#takeReceived();
    await this.#client.ok('shutdown', { how: 'SD_SEND' });
    for (;;) {
      const { data, eof } = await this.#server.ok('recv', { timeoutMs: 10_000 });
      if (eof) break;
      this.#received.push(...Buffer.from(data.base64, 'base64'));
    }
    this.#check();
  }

  /** Every byte in its order; only where there was a cut, some may be missing. */
  #check(): void {
    let next = 0;
    for (const [at, byte] of this.#received.entries()) {
      if (this.#cuts.includes(at)) while (next % 256 !== byte && next < this.#sent) next++;
      assert.equal(byte, next % 256, `byte ${at} of ${this.#received}; cuts at ${this.#cuts}`);
      next++;
    }
    if (!this.#cuts.includes(this.#received.length))
      assert.equal(next, this.#sent, 'bytes are missing at the end');
  }

  #newIds(count: number): string[] {
    const ids = Array.from({ length: count }, () => `recv ${this.#ids++}`);
    this.#asked.push(ids);
    return ids;
  }

  #receive(maxBytes: number, id: string): object {
    return rpcRequest('recv', { socketId: this.#server.id, maxBytes }, id);
  }

  #answers(): Body[] {
    return this.#rpc.received.flat().filter(({ id }: Body) => String(id).startsWith('recv'));
  }

  #answered(): string[] {
    return this.#answers().map(({ id }) => id);
  }

  #takeReceived(): void {
    for (const { result, error } of this.#answers()) {
      if (result) this.#received.push(...Buffer.from(result.data.base64, 'base64'));
      else assert.equal(error.code, 995, JSON.stringify(error));
    }
  }

  async #cut(): Promise<void> {
    this.#rpc.destroy();
    await this.#rpc.closed;
    const ids = this.#answered();
    assert.equal(new Set(ids).size, ids.length, 'no request is answered twice');
    this.#takeReceived();
    this.#cuts.push(this.#received.length);
    this.#asked = [];
    await this.#server.untilIdle();
    this.#rpc = await RpcSocket.open(this.#t, this.#daemon);
  }
}

for (const provider of PROVIDERS) {
  test(`no byte is lost over WebSockets on ${provider}`, async (t) => {
    const daemon = await startDaemon(t);
    const session = await startSession(daemon, provider);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const ends: (() => unknown)[] = [];
        const local = { after: (end: () => unknown) => void ends.push(end) };
        try {
          const pair = await session.pair();
          const conversation = new Conversation(local, daemon, pair, await RpcSocket.open(local, daemon));
          for (const one of steps) await conversation.run(one);
          await conversation.end();
        } finally {
          for (const end of ends) end();
        }
      }),
      { numRuns: 25 },
    );
  });
}
