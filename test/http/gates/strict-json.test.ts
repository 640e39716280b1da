import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { JsonRefused, parseStrictJson } from '../../../src/http/gates/strict-json.js';

test('every JSON value with distinct names parses as JSON.parse does', () => {
  fc.assert(
    fc.property(fc.json({ depthSize: 'small' }), fc.constantFrom(undefined, 2), (text, space) => {
      const value: unknown = JSON.parse(text);
      const spaced = JSON.stringify(value, undefined, space);
      fc.pre(!/__proto__/.test(spaced) && !/\\u[dD][89a-fA-F]/.test(spaced));
      assert.deepEqual(parseStrictJson(spaced), value);
    }),
  );
});

// biome-ignore format: one case a line
const REFUSED: readonly [string, string][] = [
  ['a name twice', '{"a":1,"b":2,"a":3}'],
  ['a name twice, once escaped', '{"a":1,"\\u0061":2}'],
  ['a name twice, deeper', '[{"x":{"a":[1],"a":{}}}]'],
  ['a name twice after a nested object', '{"a":{"b":1},"a":2}'],
  ['an empty name twice', '{"":1,"":2}'],
  ['a name with a quote twice', '{"\\"":1,"\\"":2}'],
  ['__proto__', '{"__proto__":{"x":1}}'],
  ['__proto__ escaped', '{"__pr\\u006fto__":1}'],
  ['a lone high surrogate', '"\\ud800"'],
  ['a lone low surrogate', '["x\\udc00"]'],
  ['a lone surrogate in a name', '{"\\ud83d":1}'],
  ['surrogates in the wrong order', '"\\udc00\\ud800"'],
  ['a number without limits', '1e400'],
  ['a negative one', '{"a":[-1e999]}'],
  ['a very long one', '9'.repeat(400)],
  ['33 levels', '['.repeat(33) + ']'.repeat(33)],
  ['10,000 levels', '['.repeat(10_000) + ']'.repeat(10_000)],
  ['nothing', ''],
  ['a byte order mark', '\ufeff{}'],
  ['a comment', '{/**/}'],
  ['a trailing comma', '[1,]'],
  ['two values', '{}{}'],
  ['NaN', 'NaN'],
];

for (const [name, text] of REFUSED) {
  test(`refused: ${name}`, () => assert.throws(() => parseStrictJson(text), JsonRefused));
}

// biome-ignore format: one case a line
const TAKEN: readonly [string, string][] = [
  ['one name in two objects', '[{"a":1},{"a":1},{"b":{"a":1},"a":1}]'],
  ['names that look like values', '{"a":"a","b":"a"}'],
  ['a string with brackets, commas and quotes', '{"a":"{,\\"a\\":[\\\\","b":"\\\\\\""}'],
  ['a pair of surrogates', '"\\ud83d\\ude00"'],
  ['32 levels', '['.repeat(32) + ']'.repeat(32)],
  ['numbers of every form', '[0,-1,1.5,1e3,-2.5E-3,1.7976931348623157e308]'],
];

for (const [name, text] of TAKEN) {
  test(`taken: ${name}`, () => assert.deepEqual(parseStrictJson(text), JSON.parse(text)));
}

test('a body with very many members is refused before anybody looks at each', () => {
  const text = (members: number): string =>
    `{${Array.from({ length: members }, (_, i) => `"m${i}":1`).join(',')}}`;
  assert.throws(() => parseStrictJson(text(10_001)), JsonRefused);
  assert.deepEqual(parseStrictJson(text(10_000)), JSON.parse(text(10_000)));
});

test('a body with very many values is refused before it is parsed', () => {
  const list = (items: number, item: string): string =>
    `[${Array.from({ length: items }, () => item).join(',')}]`;
  for (const [text, fits] of [
    [list(49_999, '0'), true],
    [list(50_001, '0'), false],
    [list(50_001, '{}'), false],
    [list(3_000_000, '0'), false],
    [list(50_001, '0').slice(0, -1), false], // and no JSON
  ] as const) {
    const before = process.cpuUsage();
    if (fits) assert.equal((parseStrictJson(text) as unknown[]).length, 49_999);
    else assert.throws(() => parseStrictJson(text), /more than 50000 values|not JSON/);
    assert.ok(process.cpuUsage(before).user < 1_000_000);
  }
  const strings = JSON.stringify(list(60_000, '0'));
  assert.equal(parseStrictJson(strings), JSON.parse(strings), 'what stands in a string counts for nothing');
  for (const text of ['"', '{"a', '"\\', '["x\\"]']) assert.throws(() => parseStrictJson(text), JsonRefused);
});

test('no message quotes the body', () => {
  for (const text of ['{"canary":', '{"canary":1,"canary":2}', '["canary\\ud800"]', 'canary']) {
    assert.throws(
      () => parseStrictJson(text),
      (error: Error) => !error.message.includes('canary'),
    );
  }
});

test('a body of some megabytes is read quickly', () => {
  const text = JSON.stringify({ data: { base64: 'A'.repeat(6 << 20) } });
  const before = process.cpuUsage(); // its own time: a busy machine takes more of everybody's
  parseStrictJson(text);
  assert.ok(process.cpuUsage(before).user < 1_000_000);
});
