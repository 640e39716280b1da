import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('./console-control-child.js', import.meta.url));

/** The output of the child, and its exit code. */
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
    it(`lets the process drain and exit with its own code at ${name}`, async () => {
      assert.deepEqual(await run(event, 'drain'), [['asked to shut down', 'drained'], 3]);
    });
  }

  it('ignores CTRL_LOGOFF_EVENT: a service continues after a logoff', async () => {
    // Only a service continues; the default handler of the system ends any other process.
    assert.doesNotMatch((await run(5, 'drain'))[0].join(), /asked to shut down/);
  });

  it('leaves CTRL_BREAK_EVENT to Node', async () => {
    assert.deepEqual(await run(1, 'drain'), [['SIGBREAK'], 4]);
  });

  it('does not keep the process running', async () => {
    assert.deepEqual(await run(0, 'none'), [['ends by itself'], 0]);
  });

  it('does nothing after release, so the system ends the process', async () => {
    const [said, code] = await run(6, 'release');
    assert.deepEqual(said, ['']);
    assert.notEqual(code, 3);
  });

  it('is unregistered at exit: a later Ctrl-Break changes nothing', async () => {
    assert.deepEqual(await run(1, 'exit'), [['exits'], 5]);
  });
});
