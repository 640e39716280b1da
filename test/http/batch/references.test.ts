import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { invalid } from '../../../src/daemon/answers/refusals.js';
import { valueAt } from '../../../src/http/batch/pointer.js';
import { referencesIn, setValues } from '../../../src/http/batch/references.js';

const MOST = { characters: 1000, values: 100 };
const RESULT: Readonly<Record<string, unknown>> = { 'a/b': [1, { deep: 'x' }], '': null, text: 'y' };
const POINTERS = ['/s/a~1b', '/s/a~1b/1/deep', '/s/', '/s/text', '/s'];

/** Each reference, and the value that it stands for. */
const VALUES: ReadonlyMap<string, unknown> = new Map(
  [RESULT['a/b'], 'x', null, 'y', RESULT].map((value, i) => [POINTERS[i] ?? '', value]),
);

/** Parameters with references, and the same with the values in place of them. */
const pair = fc.letrec<{ any: { given: unknown; want: unknown } }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(fc.integer(), fc.string(), fc.constant(null)).map((value) => ({ given: value, want: value })),
    fc.constantFrom(...POINTERS).map((at) => ({ given: { $result: at }, want: VALUES.get(at) })),
    fc.array(tie('any'), { maxLength: 3 }).map((all) => ({
      given: all.map(({ given }) => given),
      want: all.map(({ want }) => want),
    })),
    fc
      .dictionary(
        fc.string().filter((name) => name !== '$result'),
        tie('any'),
        { maxKeys: 3, noNullPrototype: true },
      )
      .map((all) => ({
        given: Object.fromEntries(Object.entries(all).map(([name, { given }]) => [name, given])),
        want: Object.fromEntries(Object.entries(all).map(([name, { want }]) => [name, want])),
      })),
  ),
})).any;

test('each reference, wherever it stands, is found and becomes its value; all else stays', () => {
  fc.assert(
    fc.property(pair, ({ given, want }) => {
      const params = { given };
      const found = [...referencesIn(params)];
      for (const { path, target } of found) {
        const at = valueAt(params, path.map(String));
        assert.equal(typeof Object(at).$result, 'string');
        assert.equal(target?.stepId, 's');
      }
      assert.equal(found.length, JSON.stringify(params).split('"$result":').length - 1);
      const most = { characters: 100_000, values: 10_000 };
      assert.equal(
        setValues(found, () => RESULT, most),
        undefined,
      );
      assert.deepEqual(params, { given: want });
    }),
  );
});

test('the first reference without a value is named', () => {
  const params = { a: { $result: '/s/text' }, b: [{ $result: '/s/none' }, { $result: '/s/length' }] };
  assert.deepEqual(
    setValues(referencesIn(params), () => RESULT, MOST),
    invalid(['b', 0], 'refers to a value that the result does not have'),
  );
});

test('values that are too long, or too many, are not looked at to their end', () => {
  const isTooLarge = (value: unknown, references = 1): boolean => {
    const params = { all: Array.from({ length: references }, () => ({ $result: '/s/value' })) };
    return setValues(referencesIn(params), () => ({ value }), MOST)?.refusal === 'too-large';
  };
  assert.equal(isTooLarge('x'.repeat(1000)), false);
  assert.equal(isTooLarge('x'.repeat(1001)), true);
  assert.equal(isTooLarge('x'.repeat(500), 3), true);
  assert.equal(isTooLarge(Array(99).fill(0)), false);
  assert.equal(isTooLarge(Array(100).fill(0)), true);
  assert.equal(isTooLarge(0, 101), true);
  const names = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`name ${i}`, 0]));
  assert.equal(isTooLarge(names), true, 'names count as values do');
  let visits = 0;
  const watched = new Proxy(Array(1_000_000).fill(0), {
    get: (target, name) => {
      visits++;
      return Reflect.get(target, name);
    },
  });
  assert.equal(isTooLarge(watched), true);
  assert.ok(visits < 500, `${visits} visits`);
});
