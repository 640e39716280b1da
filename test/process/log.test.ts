import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import test from 'node:test';

/** What a process logs: it writes to its own standard output. */
const logged = (line: object): Record<string, unknown> => {
  const module = new URL('../../src/process/log.js', import.meta.url).href;
  const program = `import { createLog } from ${JSON.stringify(module)};
    createLog({ level: 'info', pretty: 'off' }).info(${JSON.stringify(line)});`;
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' }),
  );
};

test('no secret is logged at the first three depths', () => {
  for (const name of ['authorization', 'token', 'tokens']) {
    const secret = { [name]: 'canary', other: 'told' };
    const { a, other, ...rest } = logged({ ...secret, a: { ...secret, b: secret } });
    assert.ok(!JSON.stringify([a, rest]).includes('canary'), name);
    assert.equal(other, 'told');
    assert.ok(JSON.stringify(a).includes('told'));
  }
});
