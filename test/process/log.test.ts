import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import test from 'node:test';

/** The output of a process that logs a line. */
const printed = (line: object, pretty: string): string => {
  const module = new URL('../../src/process/log.js', import.meta.url).href;
  const program = `import { createLog } from ${JSON.stringify(module)};
    createLog({ level: 'info', bufferBytes: 65536, pretty: '${pretty}' }).logger.info(${JSON.stringify(line)});`;
  return execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
};

const logged = (line: object): Record<string, unknown> => JSON.parse(printed(line, 'off'));

test('no secret is logged at the first three depths', () => {
  for (const name of ['authorization', 'token', 'tokens']) {
    const secret = { [name]: 'canary', other: 'told' };
    const { a, other, ...rest } = logged({ ...secret, a: { ...secret, b: secret } });
    assert.ok(!JSON.stringify([a, rest]).includes('canary'), name);
    assert.equal(other, 'told');
    assert.ok(JSON.stringify(a).includes('told'));
  }
});

test('characters that a terminal interprets are escaped, in JSON and in text', () => {
  const evil = 'a\u0085\u009b31m\u202e\u2028\u2066b';
  assert.equal(logged({ evil }).evil, evil, 'nothing is lost');
  for (const pretty of ['off', 'on']) {
    const text = printed({ evil }, pretty);
    assert.doesNotMatch(text, /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
    assert.match(text, /a\\u0085\\u009b31m\\u202e\\u2028\\u2066b/);
  }
});
