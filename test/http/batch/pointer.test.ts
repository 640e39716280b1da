import assert from 'node:assert/strict';
import test from 'node:test';
import { pointerParts, valueAt } from '../../../src/http/batch/pointer.js';

// The document and the pointers of https://www.rfc-editor.org/rfc/rfc6901#section-5.
const DOCUMENT = {
  foo: ['bar', 'baz'],
  '': 0,
  'a/b': 1,
  'c%d': 2,
  'e^f': 3,
  'g|h': 4,
  'i\\j': 5,
  'k"l': 6,
  ' ': 7,
  'm~n': 8,
};

const at = (pointer: string): unknown => valueAt(DOCUMENT, pointerParts(pointer) ?? ['none']);

test('the pointers of the RFC', () => {
  const values = {
    '': DOCUMENT,
    '/foo': ['bar', 'baz'],
    '/foo/0': 'bar',
    '/': 0,
    '/a~1b': 1,
    '/c%d': 2,
    '/e^f': 3,
    '/g|h': 4,
    '/i\\j': 5,
    '/k"l': 6,
    '/ ': 7,
    '/m~0n': 8,
  };
  for (const [pointer, value] of Object.entries(values)) assert.deepEqual(at(pointer), value, pointer);
});

test('own members and indices only', () => {
  for (const pointer of [
    '/foo/length',
    '/foo/00',
    '/foo/-',
    '/foo/2',
    '/toString',
    '/__proto__',
    '/foo/0/0',
  ]) {
    assert.equal(at(pointer), undefined, pointer);
  }
});

test('a pointer of any length is not split: it has a limit of characters and of names', () => {
  assert.equal(pointerParts(`/${'x'.repeat(1023)}`)?.length, 1);
  assert.equal(pointerParts(`/${'x'.repeat(1024)}`), undefined);
  assert.equal(pointerParts('/'.repeat(32))?.length, 32);
  assert.equal(pointerParts('/'.repeat(33)), undefined);
});

test('what is no pointer', () => {
  for (const text of ['foo', '/~', '/a~2', '#/foo']) assert.equal(pointerParts(text), undefined, text);
});
