import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canBeProblem, isWsaName, WSA_ERRORS, WSA_NAMES, wsaNameOf } from '../../src/winsock/errors.js';

test('96 codes, none used twice, found by number and by name', () => {
  assert.equal(WSA_NAMES.length, 96);
  const codes = WSA_NAMES.map((name) => WSA_ERRORS[name].code);
  assert.equal(new Set(codes).size, 96);
  assert.deepEqual(
    codes,
    [...codes].sort((a, b) => a - b),
    'in the order of the codes',
  );
  for (const name of WSA_NAMES) {
    assert.equal(wsaNameOf(WSA_ERRORS[name].code), name);
    assert.match(name, /^WSA/);
    assert.match(WSA_ERRORS[name].meaning, /^[A-Z].*[^.]$/, `${name}: a sentence without a full stop`);
  }
  assert.equal(wsaNameOf(11032), undefined);
  assert.ok(isWsaName('WSAENOTCONN') && !isWsaName('toString'));
});

test('an outcome cannot become a problem document', () => {
  const outcomes = WSA_NAMES.filter((name) => !canBeProblem(name));
  assert.deepEqual(
    outcomes.map((name) => WSA_ERRORS[name].code),
    [997, 10101, 10102, 10110, 11005, 11006, 11009],
  );
});
