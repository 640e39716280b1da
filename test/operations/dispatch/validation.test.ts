import assert from 'node:assert/strict';
import { test } from 'node:test';
import Type from 'typebox';
import { listen } from '../../../src/operations/connection/listen.js';
import { paramsCheck, resultErrors } from '../../../src/operations/dispatch/validation.js';

test('the path of an error has the names as the client sent them', () => {
  const checkListen = paramsCheck(listen);
  const result = Type.Object({ 'a/b~c': Type.Array(Type.Integer()) });
  const errorsOf = resultErrors({ result });
  for (const name of ['a/b~c', '~1', '/', 'plain']) {
    const refused = checkListen({ socketId: 'sck_1', [name]: 1 });
    assert.deepEqual(
      refused?.errors?.map(({ path }) => path),
      [[name]],
    );
  }
  assert.deepEqual(
    errorsOf({ 'a/b~c': [1, 'x'] }).map(({ path }) => path),
    [['a/b~c', '1']],
  );
});
