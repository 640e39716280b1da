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
  for (const [name, event] of [
    ['CTRL_CLOSE_EVENT', 2],
    ['CTRL_SHUTDOWN_EVENT', 6],
  ] as const) {
    it(`lets the process drain, and end itself with its own code, at ${name}`, async () => {
      assert.deepEqual(await run(event, 'drain'), [['asked to shut down', 'drained'], 3]);
    });
  }

  it('takes CTRL_LOGOFF_EVENT for no reason: whoever logs off, a service goes on', async () => {
    // Only a service goes on; for any other process the system's own handler is the next, and ends it.
    assert.doesNotMatch((await run(5, 'drain'))[0].join(), /asked to shut down/);
  });

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

  it('is gone by the end of the process: a Ctrl-Break that comes then changes nothing', async () => {
    assert.deepEqual(await run(1, 'exit'), [['exits'], 5]);
  });
});
