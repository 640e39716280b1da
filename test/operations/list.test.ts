import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FAULTABLE_NAMES } from '../../src/operations/faults/faultable.js';
import { OPERATIONS } from '../../src/operations/list.js';
import { canFault, statedErrors } from '../../src/operations/operation.js';
import { canBeProblem } from '../../src/winsock/errors.js';

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

test('names are unique, and each operation has the file of its name', () => {
  const names = OPERATIONS.map((op) => op.name);
  assert.equal(new Set(names).size, names.length);
  const rooms = fileURLToPath(new URL('../../src/operations/', import.meta.url));
  const files = readdirSync(rooms, { recursive: true }).map((path) => basename(String(path)));
  for (const name of names) {
    assert.equal(files.filter((file) => file === `${kebab(name)}.js`).length, 1, name);
  }
});

test('a fault can name the operations that make a native call for a session', () => {
  const of = (scope: string): string[] =>
    OPERATIONS.filter((op) => canFault(op) && op.scope === scope).map((op) => op.name);
  assert.deepEqual(FAULTABLE_NAMES, [...of('session'), ...of('socket')]);
  for (const { name, does } of OPERATIONS) {
    if (does !== undefined) assert.ok(of('socket').includes(name), name);
  }
});

test('what changes state is never a GET, and what takes timeoutMs may wait', () => {
  for (const op of OPERATIONS) {
    if (op.effect === 'change') assert.notEqual(op.rest?.method, 'GET', op.name);
    assert.equal('timeoutMs' in op.params.properties, op.blocking === true, op.name);
  }
});

test('an operation says whether it creates something only sometimes', () => {
  const everything = new Proxy({}, { get: () => '' });
  for (const op of OPERATIONS) {
    if (!op.created) continue;
    // With every parameter, and a result that has only its required members.
    const { required = [] }: { required?: string[] } = { ...op.result };
    const least = Object.fromEntries(required.map((name) => [name, '']));
    const created = op.created(least as never, everything as never);
    assert.equal(op.createsSometimes ?? false, created === undefined, op.name);
  }
});

test('every stated code can be a problem, and is stated once', () => {
  for (const op of OPERATIONS) {
    for (const name of statedErrors(op)) assert.ok(canBeProblem(name), `${op.name}: ${name}`);
    const documented = [...op.errors, ...Object.keys(op.alsoSeen ?? {})];
    assert.equal(new Set(documented).size, documented.length, op.name);
  }
});

test('the documented codes of WSASendDisconnect are the seven of its page', () => {
  const op = OPERATIONS.find(({ name }) => name === 'sendDisconnect');
  assert.ok(op);
  const also = Object.keys(op.alsoSeen ?? {});
  assert.deepEqual([...statedErrors(op)].filter((name) => !also.includes(name)).sort(), [
    'WSAEFAULT',
    'WSAEINPROGRESS',
    'WSAENETDOWN',
    'WSAENOPROTOOPT',
    'WSAENOTCONN',
    'WSAENOTSOCK',
    'WSANOTINITIALISED',
  ]);
});

test('every text parameter has a length limit; for payload that is the limit of the body', () => {
  const unbounded: string[] = [];
  const visit = (schema: unknown, path: string): void => {
    if (typeof schema !== 'object' || schema === null) return;
    if ('$id' in schema && schema.$id === 'Buffer') return;
    const bounded = 'maxLength' in schema || 'enum' in schema;
    if ('type' in schema && schema.type === 'string' && !bounded) unbounded.push(path);
    for (const [key, value] of Object.entries(schema)) visit(value, `${path}/${key}`);
  };
  for (const op of OPERATIONS) visit(op.params, op.name);
  assert.deepEqual(unbounded, []);
});

test('every schema of an object is a named component that refuses unknown members', () => {
  const visit = (schema: unknown, path: string): void => {
    if (typeof schema !== 'object' || schema === null) return;
    if ('type' in schema && schema.type === 'object') {
      assert.ok('$id' in schema && typeof schema.$id === 'string', path);
      // The journal shows parameters of all operations, so their members are not listed.
      const open = schema.$id === 'JournalParameters';
      assert.ok('additionalProperties' in schema && schema.additionalProperties === open, path);
    }
    for (const [key, value] of Object.entries(schema)) visit(value, `${path}/${key}`);
  };
  for (const op of OPERATIONS) {
    visit(op.params, `${op.name}.params`);
    visit(op.result, `${op.name}.result`);
  }
});
