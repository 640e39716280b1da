/** The layers from HTTP to the system, as the call stack shows them inside the native function. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadLibc } from '../../../src/providers/posix/library.js';
import { PosixProvider } from '../../../src/providers/posix/posix-provider.js';
import { startDaemon, startSession } from '../test-daemon.js';

const LAYERS: readonly [string, RegExp][] = [
  ['http', /^http\//],
  ['dispatch', /^operations\/dispatch\//],
  ['operation', /^operations\/connection\/send-disconnect\.js/],
  ['daemon/sockets', /^daemon\/sockets\//],
  ['provider', /^providers\//],
];

/** The layers of a stack, the outermost first; a layer occurs once for each entry. */
const layersIn = (stack: string): string[] => {
  const layers: string[] = [];
  for (const [, file = ''] of [...stack.matchAll(/\/dist\/src\/(\S+?):\d+/g)].reverse()) {
    const layer = LAYERS.find(([, files]) => files.test(file))?.[0] ?? file;
    if (layers.at(-1) !== layer) layers.push(layer);
  }
  return layers;
};

test('sendDisconnect goes through each layer once, in order', async (t) => {
  const libc = loadLibc();
  const stacks: string[] = [];
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 100;
  t.after(() => {
    Error.stackTraceLimit = limit;
  });
  const shutdown: typeof libc.shutdown = (...args) => {
    stacks.push(new Error().stack ?? '');
    return libc.shutdown(...args);
  };
  const daemon = await startDaemon(t, { native: PosixProvider.load({ ...libc, shutdown }) });
  const [client] = await (await startSession(daemon, 'posix')).pair();
  await client.ok('sendDisconnect');
  assert.deepEqual(stacks.map(layersIn), [LAYERS.map(([layer]) => layer)]);
});
