import type { Logger } from 'pino';

/**
 * SIGHUP is what Windows raises for a closed console window. Elsewhere it keeps its own meaning: a handler
 * would undo nohup, which tells a program to ignore it.
 */
const SIGNALS: readonly NodeJS.Signals[] =
  process.platform === 'win32' ? ['SIGINT', 'SIGTERM', 'SIGBREAK', 'SIGHUP'] : ['SIGINT', 'SIGTERM'];

/** A second reason within this time is the first one again: npm passes on the Ctrl-C that the terminal has sent. */
const SAME_REASON_MS = 1000;

/** How the process ends; its own exit in the process, a recorder in tests. */
export interface Ending {
  /** Begins to stop; resolves when everything has ended. */
  drain(): Promise<void>;
  exit(code: number): void;
  /** Milliseconds, monotonic. */
  now(): number;
  /** The longest time a drain may take before the process ends anyway, milliseconds. */
  readonly limitMs: number;
}

/**
 * Makes the function that every reason to stop calls: the first call drains and exits with 0, a second one,
 * a moment later, ends at once with 1, as does a drain that fails or outlives its limit.
 */
export const stopper = (ending: Ending, log: Logger): ((reason: string) => void) => {
  let began: number | undefined;
  return (reason) => {
    if (began !== undefined) {
      if (ending.now() - began < SAME_REASON_MS) return;
      log.warn({ reason }, 'stopped at once');
      ending.exit(1);
      return;
    }
    began = ending.now();
    log.info({ reason }, 'stopping');
    const timer = setTimeout(() => {
      log.error('the drain did not end in time');
      ending.exit(1);
    }, ending.limitMs);
    timer.unref();
    ending.drain().then(
      () => ending.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'the drain failed');
        ending.exit(1);
      },
    );
  };
};

/** Calls `stop` for every signal that asks a process to end. */
export const onSignals = (stop: (reason: string) => void): void => {
  for (const signal of SIGNALS) process.on(signal, () => stop(signal));
};

/**
 * Calls `stop` also for what Windows tells console programs without a signal: the end of the session, and the
 * stop of a container.
 */
export const onConsoleControl = async (stop: (reason: string) => void, log: Logger): Promise<void> => {
  if (process.platform !== 'win32') return;
  try {
    // Loaded here, because only Windows has what it needs.
    const { onShutdown } = await import('../providers/ws2_32/console-control.js');
    await onShutdown(() => stop('console control')).ready;
  } catch (error) {
    log.warn({ err: error }, 'the end of the Windows session will not be noticed');
  }
};
