import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { JsonRefused, parseStrictJson } from '../../../src/http/gates/strict-json.js';

const MAX_VALUES = 50_000;

const parse = (text: string): unknown => parseStrictJson(text, MAX_VALUES);

test('a JSON value with distinct names is parsed as by JSON.parse', () => {
  fc.assert(
    fc.property(fc.json({ depthSize: 'small' }), fc.constantFrom(undefined, 2), (text, space) => {
      const value: unknown = JSON.parse(text);
      const spaced = JSON.stringify(value, undefined, space);
      fc.pre(!/__proto__/.test(spaced) && !/\\u[dD][89a-fA-F]/.test(spaced));
      assert.deepEqual(parse(spaced), value);
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
  ['a number that is infinite', '1e400'],
  ['a negative number that is infinite', '{"a":[-1e999]}'],
  ['a very long number', '9'.repeat(400)],
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
  test(`refused: ${name}`, () => assert.throws(() => parse(text), JsonRefused));
}

// biome-ignore format: one case a line
const ACCEPTED: readonly [string, string][] = [
  ['one name in two objects', '[{"a":1},{"a":1},{"b":{"a":1},"a":1}]'],
  ['names that look like values', '{"a":"a","b":"a"}'],
  ['a string with brackets, commas and quotes', '{"a":"{,\\"a\\":[\\\\","b":"\\\\\\""}'],
  ['a pair of surrogates', '"\\ud83d\\ude00"'],
  ['32 levels', '['.repeat(32) + ']'.repeat(32)],
  ['numbers of every form', '[0,-1,1.5,1e3,-2.5E-3,1.7976931348623157e308]'],
];

for (const [name, text] of ACCEPTED) {
  test(`accepted: ${name}`, () => assert.deepEqual(parse(text), JSON.parse(text)));
}

const list = (items: number, item: string): string =>
  `[${Array.from({ length: items }, () => item).join(',')}]`;

const members = (count: number): string =>
  `{${Array.from({ length: count }, (_, i) => `"m${i}":1`).join(',')}}`;

test('a body with too many values or names is refused before it is parsed', () => {
  assert.deepEqual(parse(list(49_999, '0')), Array(49_999).fill(0));
  assert.deepEqual(parse(members(24_999)), JSON.parse(members(24_999)));
  for (const text of [
    list(50_001, '0'),
    list(25_001, '{}'),
    members(25_001),
    list(3_000_000, '0'),
    list(2_000_000, '[]'),
    list(50_001, '0').slice(0, -1), // also not JSON
  ]) {
    const before = process.cpuUsage();
    assert.throws(() => parse(text), /more than 50000 values/);
    assert.ok(process.cpuUsage(before).user < 1_000_000);
  }
  const strings = JSON.stringify(list(60_000, '0'));
  assert.equal(parse(strings), JSON.parse(strings), 'the content of a string does not count');
});

test('a text that is not JSON is refused, wherever it ends', () => {
  for (const text of [
    '"',
    '{"a',
    '"\\',
    '["x\\"]',
    '{"\\x":1}',
    '"\n"',
    '1e',
    '9e9e9',
    '-',
    ']',
    '}{',
    ':,',
    '{"a":1,}',
  ])
    assert.throws(() => parse(text), JsonRefused, text);
});

test('megabytes of blanks or digits outside of strings are refused', () => {
  for (const text of [
    ' '.repeat(8 << 20),
    '9'.repeat(8 << 20),
    `1.${'9'.repeat(8 << 20)}`,
    list(1100, '0'.repeat(1000)),
  ]) {
    const before = process.cpuUsage();
    assert.throws(() => parse(text), /outside of texts|number is too long/);
    assert.ok(process.cpuUsage(before).user < 1_000_000);
  }
  const pretty = JSON.stringify(
    Array.from({ length: 4000 }, () => ({ socketId: 'x', events: ['READ'] })),
    null,
    4,
  );
  assert.deepEqual(parse(pretty), JSON.parse(pretty));
});

test('no message of an error quotes the body', () => {
  for (const text of ['{"canary":', '{"canary":1,"canary":2}', '["canary\\ud800"]', 'canary']) {
    assert.throws(
      () => parse(text),
      (error: Error) => !error.message.includes('canary'),
    );
  }
});

test('a body of some megabytes is parsed quickly', () => {
  const text = JSON.stringify({ data: { base64: 'A'.repeat(6 << 20) } });
  const before = process.cpuUsage(); // of this process, so that a busy machine does not matter
  parse(text);
  assert.ok(process.cpuUsage(before).user < 1_000_000);
});
