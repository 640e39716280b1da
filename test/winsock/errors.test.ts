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

test('an outcome can make no problem, and every problem has an error status', () => {
  const outcomes = WSA_NAMES.filter((name) => !canBeProblem(name));
  assert.deepEqual(
    outcomes.map((name) => WSA_ERRORS[name].code),
    [997, 10101, 10102, 10110, 11005, 11006, 11009],
  );
  for (const name of WSA_NAMES) {
    const { httpStatus } = WSA_ERRORS[name];
    assert.equal(httpStatus >= 400, canBeProblem(name), name);
  }
});

test('the seven codes of WSASendDisconnect have the statuses that were promised', () => {
  const promised = {
    WSANOTINITIALISED: [10093, 409],
    WSAENETDOWN: [10050, 503],
    WSAENOPROTOOPT: [10042, 422],
    WSAEINPROGRESS: [10036, 409],
    WSAENOTCONN: [10057, 409],
    WSAENOTSOCK: [10038, 404],
    WSAEFAULT: [10014, 422],
  } as const;
  for (const [name, [code, status]] of Object.entries(promised)) {
    assert.ok(isWsaName(name));
    assert.equal(WSA_ERRORS[name].code, code);
    assert.equal(WSA_ERRORS[name].httpStatus, status);
  }
});
