import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { LabClock } from '../../../src/providers/lab/clock.js';
import { LabProvider } from '../../../src/providers/lab/lab-provider.js';
import { BOUNDLESS } from '../../../src/providers/lab/memory.js';
import { LabNetwork } from '../../../src/providers/lab/network.js';
import type { Handle, Readiness } from '../../../src/providers/provider.js';
import type { InternetAddress } from '../../../src/winsock/addresses.js';
import { WSA_ERRORS, type WsaName, wsaNameOf } from '../../../src/winsock/errors.js';
import type { Failure, Outcome } from '../../../src/winsock/outcome.js';
import type { ProtocolInfo } from '../../../src/winsock/protocol-info.js';
import { v4 } from '../../addresses.js';
import { internet } from '../contract/case-sockets.js';

/** A clock that moves only when the test advances it. */
class ManualClock implements LabClock {
  #time = 0;
  #turn: (() => void)[] = [];
  #timers: { at: number; run: () => void }[] = [];

  now(): number {
    return this.#time;
  }

  setImmediate(run: () => void): void {
    this.#turn.push(run);
  }

  setTimeout(ms: number, run: () => void): { clear(): void } {
    const timer = { at: this.#time + ms, run };
    this.#timers.push(timer);
    return {
      clear: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
    };
  }

  /** Timers that have neither run nor been cleared. */
  get timers(): number {
    return this.#timers.length;
  }

  /** One turn of the event loop; false when there was nothing to run. */
  turn(): boolean {
    const runs = this.#turn;
    this.#turn = [];
    for (const run of runs) run();
    return runs.length > 0;
  }

  /** Runs turns until none is left. */
  settle(): void {
    while (this.turn());
  }

  /** Advances the time; timers run at their times, in order. */
  advance(ms: number): void {
    const until = this.#time + ms;
    this.settle();
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#time = Math.max(this.#time, next.at);
      next.run();
      this.settle();
    }
    this.#time = until;
  }
}

/** The value of an outcome that must be a success. */
export const value = <T>(outcome: Outcome<T>): T => {
  assert.ok(outcome.ok, `failed: ${outcome.ok ? '' : (wsaNameOf(outcome.code) ?? outcome.code)}`);
  return outcome.value;
};

/** The failure of an outcome, which must have that code. */
export const failure = (outcome: Outcome<unknown>, name: WsaName): Failure => {
  assert.ok(!outcome.ok, `expected ${name}, got a success`);
  assert.equal(wsaNameOf(outcome.code), name);
  return outcome;
};

export const codeOf = (name: WsaName): number => WSA_ERRORS[name].code;

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (data: Uint8Array | undefined): string => new TextDecoder().decode(data);

/** A network with a manual clock and one provider, which the test must dispose of. */
export class Lab {
  readonly clock = new ManualClock();
  readonly network: LabNetwork;
  readonly provider: LabProvider;

  constructor(t: TestContext, memory = BOUNDLESS) {
    this.network = new LabNetwork({ clock: this.clock, memory });
    this.provider = this.anotherProvider(t);
  }

  anotherProvider(t: TestContext): LabProvider {
    const provider = new LabProvider(this.network);
    t.after(() => provider.dispose());
    return provider;
  }

  /** The catalog entry of that name. */
  entry(name: string): ProtocolInfo {
    const found = value(this.provider.enumProtocols()).find(({ description }) => description === name);
    assert.ok(found, `no entry ${name}`);
    return found;
  }

  socket(entry = 'lab tp4'): Handle {
    return value(this.provider.socket(this.entry(entry), 0));
  }

  /** A socket that listens at 127.0.0.1, and its address. */
  listener(entry = 'lab tp4', backlog = 5): { listener: Handle; at: InternetAddress } {
    const listener = this.socket(entry);
    value(this.provider.bind(listener, v4('127.0.0.1', 0)));
    value(this.provider.listen(listener, backlog));
    return { listener, at: internet(value(this.provider.getSockName(listener))) };
  }

  /** Two connected sockets. */
  connected(entry = 'lab tp4'): { client: Handle; server: Handle; listener: Handle } {
    const { listener, at } = this.listener(entry);
    const client = this.dial(at, entry);
    this.clock.settle();
    value(this.provider.finishConnect(client));
    return { client, server: value(this.provider.accept(listener)).handle, listener };
  }

  /** A socket that has begun to connect. */
  dial(to: InternetAddress, entry = 'lab tp4', callerData?: Uint8Array): Handle {
    const client = this.socket(entry);
    failure(this.provider.connect(client, to, callerData), 'WSAEWOULDBLOCK');
    return client;
  }

  /** The bytes of one recv as text; '' at the end. */
  recv(s: Handle, room = 65_536): string {
    const into = new Uint8Array(room);
    const { bytes: count } = value(this.provider.recv(s, into, 0));
    return text(into.subarray(0, count));
  }

  send(s: Handle, data: string): number {
    return value(this.provider.send(s, bytes(data), 0));
  }

  eof(s: Handle): boolean {
    return value(this.provider.recv(s, new Uint8Array(8), 0)).eof;
  }

  /** Collects the wakes of a watch. */
  watch(s: Handle, want: Readiness): { readonly seen: Readiness[]; stop(): void } {
    const seen: Readiness[] = [];
    const watch = value(this.provider.watch(s, want, (now) => seen.push(now)));
    return { seen, stop: () => watch.stop() };
  }
}
