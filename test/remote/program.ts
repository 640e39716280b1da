import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as after } from 'node:timers/promises';

export interface ProgramOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The text of its standard input; empty if absent. */
  readonly input?: string;
}

/**
 * How long a program may take to end after a signal, before it gets the next one, the last of which kills it.
 */
const GRACE_MS = 10_000;

/** A program in its own process: its output and its end. The test that creates one must call `stop`. */
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
    // Those that wait handle a rejection. A program that cannot be started must not end the test process.
    this.#exit.catch(() => undefined);
    // The test does not fail if a program ends without reading its input.
    this.#child.stdin.on('error', () => undefined);
    this.#child.stdin.end(input);
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** The first match in its standard output; rejects if it ends without one, and after the limit. */
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
        // At 'close' the output is complete.
        const last = pattern.exec(this.#stdout);
        if (last) return last;
        assert.ok(typeof what !== 'string', `${what} without ${pattern}:\n${this.#stdout}${this.#stderr}`);
      }
    } finally {
      late.abort();
    }
  }

  /** Waits for its exit code, null after a signal; rejects after the limit. */
  async exit(limitMs = 60_000): Promise<number | null> {
    const ended = await this.#within(limitMs);
    assert.ok(ended, `it did not end within ${limitMs} ms:\n${this.#stdout}${this.#stderr}`);
    return this.#exit;
  }

  /** Stops it, until it gets SIGCONT, and waits until each of its threads has stopped (Linux). */
  async pause(limitMs = 10_000): Promise<void> {
    this.signal('SIGSTOP');
    const tasks = `/proc/${this.#child.pid}/task`;
    const isStopped = (task: string): boolean =>
      // The state stands behind the name: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
      /\) T/.test(readFileSync(`${tasks}/${task}/stat`, 'utf8'));
    const deadline = performance.now() + limitMs;
    while (!readdirSync(tasks).every(isStopped)) {
      assert.ok(performance.now() < deadline, 'it did not stop');
      await after(1);
    }
  }

  /** Sends it a signal. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Ends it if it is running, and waits until it has ended. */
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
