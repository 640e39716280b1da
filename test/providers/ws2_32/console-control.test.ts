import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('./console-control-child.js', import.meta.url));

/** All that the child says, and its exit code. */
const run = async (event: number, what: string): Promise<readonly [string[], number]> => {
  const child = spawn(process.execPath, [CHILD, String(event), what], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  const [code] = await once(child, 'close');
  return [said.trimEnd().split('\n'), Number(code)];
};

describe('onShutdown', { skip: process.platform !== 'win32' && 'needs Windows, or Wine' }, () => {
  const DRAINED = ['asked to shut down', 'drained'];

  for (const [name, event] of [
    ['CTRL_CLOSE_EVENT', 2],
    ['CTRL_LOGOFF_EVENT', 5],
    ['CTRL_SHUTDOWN_EVENT', 6],
  ] as const) {
    it(`lets the process drain, and end itself, at ${name}`, async () => {
      // The exit code may be the system's: the handler is let go when the process ends its workers.
      assert.deepEqual((await run(event, 'drain'))[0], DRAINED);
    });
  }

  it('leaves CTRL_BREAK_EVENT to Node', async () => {
    assert.deepEqual(await run(1, 'drain'), [['SIGBREAK'], 4]);
  });

  it('keeps no process running', async () => {
    assert.deepEqual(await run(0, 'none'), [['ends by itself'], 0]);
  });

  it('does nothing after release: the system ends the process', async () => {
    const [said, code] = await run(6, 'release');
    assert.deepEqual(said, ['']);
    assert.notEqual(code, 3);
  });
});
