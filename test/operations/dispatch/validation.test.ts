import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listen } from '../../../src/operations/connection/listen.js';
import { Validator } from '../../../src/operations/dispatch/validation.js';

/** The pointers to what is wrong with the parameters of listen. */
const pointersOf = (params: object): readonly string[] | undefined =>
  new Validator()
    .params(listen)({ socketId: 'sck_1', ...params })
    ?.errors?.map(({ pointer }) => pointer);

test('names in pointers are escaped as RFC 6901 says: ~ is ~0, / is ~1', () => {
  for (const [name, escaped] of [
    ['a/b~c', 'a~1b~0c'],
    ['~1', '~01'],
    ['/', '~1'],
    ['plain', 'plain'],
  ] as const) {
    assert.deepEqual(pointersOf({ [name]: 1 }), [`/${escaped}`]);
  }
});
