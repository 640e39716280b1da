import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import type { TestContext } from 'node:test';

/** Whether the test can go on: without a reason against it. In CI every reason fails the test. */
export const canRun = (t: TestContext, against: string | undefined): boolean => {
  if (against === undefined) return true;
  assert.notEqual(process.env.CI, 'true', against);
  t.skip(against);
  return false;
};

/** Why these programs cannot be used; undefined when all are there. */
export const missing = (...tools: readonly string[]): string | undefined => {
  const absent = tools.filter((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0);
  return absent.length === 0 ? undefined : `not installed: ${absent.join(', ')}`;
};
