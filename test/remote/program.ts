import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as after } from 'node:timers/promises';

export interface ProgramOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** What it reads from its standard input; nothing unless given. */
  readonly input?: string;
}

/** How long a program may take that was asked to end, before it is asked again, and then killed. */
const GRACE_MS = 10_000;

/** A program of the machine beside the test: what it writes, and its end. Whoever makes one calls `stop`. */
export class Program {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #exit: Promise<number | null>;
  #stdout = '';
  #stderr = '';

  constructor([file = '', ...args]: readonly string[], { cwd, env, input = '' }: ProgramOptions = {}) {
    this.#child = spawn(file, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stdout.on('data', (chunk: Buffer) => {
      this.#stdout += chunk.toString();
    });
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString();
    });
    this.#exit = once(this.#child, 'close').then(([code]): number | null => code);
    // Looked at by whoever waits; a program that could not be started must not end the test process.
    this.#exit.catch(() => undefined);
    // One that ends without reading is no failure of the test.
    this.#child.stdin.on('error', () => undefined);
    this.#child.stdin.end(input);
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** The first match in what it writes to standard output; rejects when it ends without, or after the limit. */
  async line(pattern: RegExp, limitMs = 60_000): Promise<RegExpExecArray> {
    const late = new AbortController();
    const limit = after(limitMs, 'late' as const, { signal: late.signal });
    limit.catch(() => undefined);
    const ended = this.#exit.then(() => 'ended' as const);
    try {
      for (;;) {
        const found = pattern.exec(this.#stdout);
        if (found) return found;
        const what = await Promise.race([
          once(this.#child.stdout, 'data', { signal: late.signal }),
          ended,
          limit,
        ]);
        // What it wrote last is there by the time of 'close'.
        const last = pattern.exec(this.#stdout);
        if (last) return last;
        assert.ok(typeof what !== 'string', `${what} without ${pattern}:\n${this.#stdout}${this.#stderr}`);
      }
    } finally {
      late.abort();
    }
  }

  /** Its exit code, null after a signal; rejects after the limit. */
  async exit(limitMs = 60_000): Promise<number | null> {
    const ended = await this.#within(limitMs);
    assert.ok(ended, `it did not end within ${limitMs} ms:\n${this.#stdout}${this.#stderr}`);
    return this.#exit;
  }

  /** Asks it to end. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Ends it, if it has not ended yet, and waits for that. */
  async stop(): Promise<void> {
    for (const name of ['SIGTERM', 'SIGTERM', 'SIGKILL'] as const) {
      if (!this.#isRunning) return;
      this.signal(name);
      await this.#within(GRACE_MS);
    }
  }

  get #isRunning(): boolean {
    const { pid, exitCode, signalCode } = this.#child;
    return pid !== undefined && exitCode === null && signalCode === null;
  }

  async #within(limitMs: number): Promise<boolean> {
    const timer = new AbortController();
    const limit = after(limitMs, false, { signal: timer.signal });
    limit.catch(() => undefined);
    try {
      return await Promise.race([this.#exit.then(() => true), limit]);
    } finally {
      timer.abort();
    }
  }
}
