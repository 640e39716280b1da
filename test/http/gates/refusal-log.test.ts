import assert from 'node:assert/strict';
import test from 'node:test';
import pino from 'pino';
import { refuse } from '../../../src/daemon/answers/refusals.js';
import { RefusalLog } from '../../../src/http/gates/refusal-log.js';
import { ThriftyLog } from '../../../src/http/gates/thrifty-log.js';
import { problemOf } from '../../../src/http/problems/problem.js';

test('after a second with many refusals each of the next ones has its own line again', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const logged: string[] = [];
  const lines = new ThriftyLog(pino({}, { write: (line: string) => void logged.push(line) }));
  const log = new RefusalLog(lines);
  const problem = problemOf(refuse('unauthorized', 'No.'), { requestId: 'req-1' });
  for (let i = 0; i < 11; i++) log.note(problem);
  t.mock.timers.tick(1000);
  const before = logged.length;
  log.note(problem);
  assert.deepEqual(
    logged.slice(before).map((line) => JSON.parse(line).msg),
    ['request refused'],
  );
});
