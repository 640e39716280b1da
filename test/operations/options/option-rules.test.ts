import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRefusal } from '../../../src/daemon/answers/answer.js';
import { readValue } from '../../../src/operations/options/option-rules.js';
import { OPTIONS, type OptionName } from '../../../src/winsock/options.js';

/** The lowest and the highest number of each type. */
const BOUNDS: readonly (readonly [OptionName, number, number])[] = [
  ['SO_RCVBUF', -0x80000000, 0x7fffffff],
  ['SO_RCVTIMEO', 0, 0xffffffff],
];

for (const [option, low, high] of BOUNDS) {
  const { type } = OPTIONS[option];
  test(`a number of type ${type} may be ${low} to ${high}, both included`, () => {
    const outcome = (integer: number): string => {
      const read = readValue(option, { integer });
      if (read.ok) return `is ${read.value}`;
      return isRefusal(read)
        ? (read.errors ?? []).map(({ path }) => path.join('.')).join()
        : `code ${read.code}`;
    };
    assert.deepEqual(
      [low - 1, low, high, high + 1].map(outcome),
      ['value.integer', `is ${low}`, `is ${high}`, 'value.integer'],
      type,
    );
  });
}
