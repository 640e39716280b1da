import assert from 'node:assert/strict';
import test from 'node:test';
import pino from 'pino';
import { stopper } from '../../src/process/shutdown.js';

const log = pino({ level: 'silent' });

const endingWith = (drain: (graceMs: number) => Promise<void>, graceMs = 10_000) => {
  const codes: number[] = [];
  let exited: () => void = () => undefined;
  const exit = new Promise<void>((resolve) => {
    exited = resolve;
  });
  const time = { now: 0 };
  const ending = {
    drain,
    now: () => time.now,
    graceMs,
    exit: (code: number) => {
      codes.push(code);
      exited();
    },
  };
  return { ending, codes, exit, time };
};

test('the first reason to stop drains and exits with 0', async () => {
  const { ending, codes, exit } = endingWith(() => Promise.resolve());
  stopper(ending, log)('SIGTERM');
  await exit;
  assert.deepEqual(codes, [0]);
});

test('the second reason exits at once with 1', async () => {
  const { ending, codes, time } = endingWith(() => new Promise(() => undefined));
  const stop = stopper(ending, log);
  stop('SIGINT');
  stop('SIGINT');
  assert.deepEqual(codes, [], 'npm passes on what the terminal has sent already');
  time.now = 1000;
  stop('SIGINT');
  assert.deepEqual(codes, [1]);
});

test('a drain that fails exits with 1', async () => {
  const { ending, codes, exit } = endingWith(() => Promise.reject(new Error('drain')));
  stopper(ending, log)('SIGTERM');
  await exit;
  assert.deepEqual(codes, [1]);
});

test('a drain that does not end exits with 1', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { ending, codes } = endingWith(() => new Promise(() => undefined), 1000);
  stopper(ending, log)('SIGTERM');
  t.mock.timers.tick(5999);
  assert.deepEqual(codes, []);
  t.mock.timers.tick(1);
  assert.deepEqual(codes, [1]);
});

test('a reason can shorten the configured grace, but never extend it', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  for (const [configured, most, grace] of [
    [10_000, 4000, 4000],
    [1000, 4000, 1000],
    [10_000, undefined, 10_000],
  ] as const) {
    const asked: number[] = [];
    const drain = (graceMs: number): Promise<void> => {
      asked.push(graceMs);
      return new Promise(() => undefined);
    };
    const { ending, codes } = endingWith(drain, configured);
    stopper(ending, log)('console control', most);
    t.mock.timers.tick(grace + 4999);
    assert.deepEqual([asked, codes], [[grace], []]);
    t.mock.timers.tick(1);
    assert.deepEqual(codes, [1]);
  }
});

test('a repeated reason is measured from the first one, at any clock time', () => {
  const { ending, codes, time } = endingWith(() => new Promise(() => undefined));
  const stop = stopper(ending, log);
  time.now = 5000;
  stop('SIGINT');
  time.now = 5999;
  stop('SIGINT');
  assert.deepEqual(codes, []);
  time.now = 6000;
  stop('SIGINT');
  assert.deepEqual(codes, [1]);
});
