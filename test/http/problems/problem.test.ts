import assert from 'node:assert/strict';
import test from 'node:test';
import { invalid, REFUSALS, type RefusalName, refuse } from '../../../src/daemon/answers/refusals.js';
import { bugProblem, problemOf } from '../../../src/http/problems/problem.js';
import { PROBLEM_KINDS, problemKindOf } from '../../../src/http/problems/problem-pages.js';
import { statusesOfCode, statusOfRefusal } from '../../../src/http/problems/statuses.js';
import { OPERATIONS } from '../../../src/operations/list.js';
import { functionOf, statedErrors } from '../../../src/operations/operation.js';
import { canBeProblem, WSA_ERRORS, WSA_NAMES, type WsaName } from '../../../src/winsock/errors.js';
import { type Failure, fail } from '../../../src/winsock/outcome.js';
import { sendDisconnect } from '../fake-operations.js';

const context = { requestId: 'req-1f', operation: sendDisconnect };

test('every code that can be a problem makes a problem with its status', () => {
  for (const name of WSA_NAMES.filter(canBeProblem)) {
    const { status, document } = problemOf(fail(name, 'WSASendDisconnect'), context);
    assert.equal(status, statusesOfCode(name)[0], name);
    assert.deepEqual(
      [document.type, document.title, document.status, document.code, document.name],
      [`/problems/${name}`, WSA_ERRORS[name].meaning, status, WSA_ERRORS[name].code, name],
    );
    assert.match(document.detail, /^WSASendDisconnect: .+\.$/);
    assert.equal(document.instance, 'urn:winsockd:request:req-1f');
  }
});

test('a code that belongs to successes makes the problem internal', () => {
  for (const name of WSA_NAMES.filter((one) => !canBeProblem(one))) {
    const { status, document } = problemOf(fail(name, 'recv'), context);
    assert.deepEqual(
      [status, document.type, document.code],
      [500, '/problems/internal', WSA_ERRORS[name].code],
    );
    assert.equal(problemKindOf(name), undefined);
  }
});

test('every refusal makes a problem without a code', () => {
  for (const name of Object.keys(REFUSALS) as RefusalName[]) {
    const { status, document } = problemOf(refuse(name, 'Because.', { extra: { limit: 3 } }), context);
    assert.equal(status, statusOfRefusal(name));
    assert.deepEqual([document.type, document.code, document.limit], [`/problems/${name}`, undefined, 3]);
  }
});

test('an unknown code keeps its number', () => {
  const failure: Failure = { ok: false, code: 11032, call: 'WSAConnect' };
  const { status, document } = problemOf(failure, context);
  assert.deepEqual(
    [status, document.type, document.code, document.name],
    [500, '/problems/wsa-unknown', 11032, undefined],
  );
});

test('an id that was never issued is 404, one that is gone is 410, a lost handle is 500', () => {
  const statusOf = (failure: Failure): number => problemOf(failure, context).status;
  const never = fail('WSAENOTSOCK', 'send');
  const gone = fail('WSAENOTSOCK', 'send', { extra: { reason: 'closed' } });
  assert.deepEqual([never, gone, { ...never, bug: true } as const].map(statusOf), [404, 410, 500]);
});

test('a problem has the hint, the limit and the detail of its failure', () => {
  assert.equal(problemOf(fail('WSANOTINITIALISED', 'send'), context).document.hint, 'startup');
  const limited = problemOf(
    fail('WSAEFAULT', 'WSASendDisconnect', { extra: { limit: 64 }, detail: 'too long.' }),
    context,
  );
  assert.deepEqual([limited.document.limit, limited.document.detail], [64, 'WSASendDisconnect: too long.']);
});

test('an operation states every code for which it has advice', () => {
  for (const op of OPERATIONS) {
    const stated = statedErrors(op);
    for (const name of WSA_NAMES) assert.ok(!op.advice?.[name] || stated.has(name), `${op.name} ${name}`);
  }
});

/** The detail of the problem that a failure of an operation makes. */
const detailOf = (code: WsaName, name: string): string => {
  const operation = OPERATIONS.find((op) => op.name === name);
  assert.ok(operation);
  return problemOf(fail(code, functionOf(operation)), { ...context, operation }).document.detail;
};

test('the detail of WSAEFAULT names the address family or a length, as fits the call', () => {
  const detail = (name: string): string => detailOf('WSAEFAULT', name);
  assert.equal(detail('bind'), 'bind: the address is of another family than the socket.');
  for (const name of ['connect', 'sendTo']) assert.match(detail(name), /another family than the socket/);
  assert.match(detail('send'), /a length is outside the bytes given/);
});

test('the advice for WSAECONNRESET does not ask for a new datagram socket', () => {
  const detail = (name: string): string => detailOf('WSAECONNRESET', name);
  for (const name of ['recvFrom', 'sendTo']) assert.doesNotMatch(detail(name), /new socket/);
  for (const name of ['recv', 'send']) assert.match(detail(name), /datagram.*stays usable/);
});

test('a problem has Retry-After if the same call may succeed soon', () => {
  const retryAfter = (answer: Parameters<typeof problemOf>[0]): string | undefined =>
    problemOf(answer, context).headers['retry-after'];
  assert.equal(retryAfter(fail('WSAENETDOWN', 'send')), '5');
  assert.equal(retryAfter(fail('WSAEINPROGRESS', 'send')), '1');
  assert.equal(retryAfter(fail('WSAEWOULDBLOCK', 'send')), '1');
  assert.equal(retryAfter(fail('WSAENOTCONN', 'send')), undefined);
  for (const name of ['draining', 'quota'] as const) assert.equal(retryAfter(refuse(name, 'Later.')), '5');
});

test('the members of a problem are in the documented order, errors last', () => {
  const refusal = refuse('validation', 'No.', {
    errors: [{ path: ['a'], detail: 'b' }],
    extra: { limit: 1 },
  });
  const full = { ...context, provider: 'lab', socketId: 'sck_1', sessionId: 'ses_1', state: 'bound' };
  const members = (answer: Parameters<typeof problemOf>[0]): string[] =>
    Object.keys(JSON.parse(JSON.stringify(problemOf(answer, full).document)));
  const common = ['operation', 'function', 'provider', 'socketId', 'sessionId', 'state', 'retryable'];
  const start = ['type', 'title', 'status', 'detail', 'instance'];
  assert.deepEqual(members(refusal), [...start, ...common, 'limit', 'errors']);
  assert.deepEqual(members(fail('WSAENOTCONN', 'x')), [...start, 'code', 'name', ...common]);
});

test('an error points to its parameter with a JSON Pointer, in which ~ is ~0 and / is ~1', () => {
  for (const [path, pointer] of [
    [[], ''],
    [['sockets', 0, 'socketId'], '/sockets/0/socketId'],
    [['a/b~c'], '/a~1b~0c'],
    [['~1'], '/~01'],
    [['/'], '/~1'],
  ] as const) {
    const { detail, errors } = problemOf(invalid(path, 'is bad'), context).document;
    assert.deepEqual(errors, [{ pointer, detail: 'is bad' }]);
    assert.equal(detail, `${pointer || 'parameters'}: is bad.`);
  }
});

test('the problem of a bug has status 500 and type internal', () => {
  const { status, document } = bugProblem({ requestId: 'req-1' });
  assert.deepEqual([status, document.type], [500, '/problems/internal']);
});

test('the catalog has every row of both tables once', () => {
  const names = PROBLEM_KINDS.map(({ name }) => name);
  assert.deepEqual(names, [...WSA_NAMES.filter(canBeProblem), ...Object.keys(REFUSALS)]);
  assert.equal(new Set(names).size, names.length);
});
