import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import type { TestContext } from 'node:test';

/** Whether the test can run. With a reason against it, the test is skipped; in CI it fails. */
export const canRun = (t: TestContext, against: string | undefined): boolean => {
  if (against === undefined) return true;
  assert.notEqual(process.env.CI, 'true', against);
  t.skip(against);
  return false;
};

/** Why these programs cannot be used; undefined if all are installed. */
export const missing = (...tools: readonly string[]): string | undefined => {
  const absent = tools.filter((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0);
  return absent.length === 0 ? undefined : `not installed: ${absent.join(', ')}`;
};
