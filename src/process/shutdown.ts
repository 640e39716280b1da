import type { Logger } from 'pino';

/**
 * Windows raises SIGHUP for a closed console window. On other systems it has no handler, because that would
 * undo nohup, which makes a program ignore it.
 */
const SIGNALS: readonly NodeJS.Signals[] =
  process.platform === 'win32' ? ['SIGINT', 'SIGTERM', 'SIGBREAK', 'SIGHUP'] : ['SIGINT', 'SIGTERM'];

/**
 * A second request within this time repeats the first: npm passes on the Ctrl-C that the terminal has sent.
 */
const SAME_REASON_MS = 1000;

/**
 * Windows lets a process run for 5 seconds before it ends it, or 20 for a service at system shutdown, which
 * is less than a drain may be configured to take.
 *
 * Source: https://learn.microsoft.com/windows/console/handlerroutine#timeouts
 */
const ENDED_BY_WINDOWS_MS = 4000;

/** How long a drain may exceed its grace before the process ends anyway. */
const MARGIN_MS = 5000;

/** Begins to end the process. `mostMs`: the most time that this reason permits for lingering closes. */
export type Stop = (reason: string, mostMs?: number) => void;

/** How the process ends: its real exit, or a recorder in tests. */
export interface Ending {
  /** Begins to stop; resolves when everything has ended. `graceMs`: how long lingering closes may take. */
  drain(graceMs: number): Promise<void>;
  exit(code: number): void;
  /** Milliseconds, monotonic. */
  now(): number;
  /** How long lingering closes may take by configuration, milliseconds. */
  readonly graceMs: number;
}

/**
 * Makes the function that stops the process. The first call drains and exits with 0. A later second call, or
 * a drain that fails or greatly exceeds its grace, exits at once with 1.
 */
export const stopper = (ending: Ending, log: Logger): Stop => {
  let began: number | undefined;
  return (reason, mostMs = ending.graceMs) => {
    if (began !== undefined) {
      if (ending.now() - began < SAME_REASON_MS) return;
      log.warn({ reason }, 'stopped at once');
      ending.exit(1);
      return;
    }
    began = ending.now();
    log.info({ reason }, 'stopping');
    const graceMs = Math.min(mostMs, ending.graceMs);
    const timer = setTimeout(() => {
      log.error('the drain did not end in time');
      ending.exit(1);
    }, graceMs + MARGIN_MS);
    timer.unref();
    ending.drain(graceMs).then(
      () => ending.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'the drain failed');
        ending.exit(1);
      },
    );
  };
};

/** Calls `stop` for every signal that asks a process to end. */
export const onSignals = (stop: Stop): void => {
  for (const signal of SIGNALS) {
    process.on(signal, () => stop(signal, signal === 'SIGHUP' ? ENDED_BY_WINDOWS_MS : undefined));
  }
};

/**
 * Calls `stop` for the Windows console events without a signal: the shutdown of the system, and the stop of
 * a container.
 */
export const onConsoleControl = async (stop: Stop, log: Logger): Promise<void> => {
  if (process.platform !== 'win32') return;
  try {
    // Loaded here, because only Windows has what it needs.
    const { onShutdown } = await import('../providers/ws2_32/console-control.js');
    await onShutdown(() => stop('console control', ENDED_BY_WINDOWS_MS)).ready;
  } catch (error) {
    log.warn({ err: error }, 'the shutdown of Windows will not be noticed');
  }
};
