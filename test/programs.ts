/** Programs of the system as peers. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import type { TestContext } from 'node:test';

/** Whether the tool is there, or a skip that names it; in CI a missing tool fails. */
export const needs = (t: TestContext, tool: string): boolean => {
  if (spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0) return true;
  assert.notEqual(process.env.CI, 'true', `${tool} is missing`);
  t.skip(`${tool} is not installed`);
  return false;
};

/** A program that ends with the test, if not before. */
export const start = (
  t: TestContext,
  command: string,
  args: readonly string[],
  cwd?: string,
): ChildProcess => {
  const child = spawn(command, args, { cwd, stdio: ['pipe', 'pipe', 'pipe'] });
  t.after(() => child.kill());
  return child;
};

/** The first line of an output that fits. */
export const line = (stream: NodeJS.ReadableStream | null, pattern: RegExp): Promise<RegExpExecArray> =>
  new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => reject(new Error(`no ${pattern} in: ${text}`)), 60_000);
    stream?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const match = pattern.exec(text);
      if (!match) return;
      clearTimeout(timer);
      resolve(match);
    });
  });
