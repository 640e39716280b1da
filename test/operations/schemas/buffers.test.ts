import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bytesOf, bytesResult, readBuffer } from '../../../src/operations/schemas/buffers.js';

test('bytes survive base64 and back; text is UTF-8', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const { base64, len } = bytesResult(bytes);
      assert.equal(len, bytes.length);
      const back = bytesOf({ base64 }, ['data'], 'WSASend');
      assert.ok(back.ok);
      assert.deepEqual([...back.value], [...bytes]);
    }),
  );
  const text = bytesOf({ text: 'é' }, ['data'], 'WSASend');
  assert.ok(text.ok && text.value.equals(Buffer.from([0xc3, 0xa9])));
});

test('exactly one of base64 and text, and strict base64', () => {
  const refused = [
    {},
    { base64: '', text: '' },
    { base64: 'Zg' },
    { base64: 'Zg=' },
    { base64: 'Zh==' },
    { base64: 'Zm9=' },
    { base64: 'Z m9v' },
    { base64: 'Zm9v\n' },
    { base64: '-_-_' },
    { base64: '====' },
  ];
  for (const buffer of refused) {
    const read = readBuffer(buffer, ['data']);
    assert.ok(!read.ok && 'refusal' in read && read.refusal === 'validation', JSON.stringify(buffer));
  }
});

test('a buffer as large as a body can be is read', () => {
  const bytes = Buffer.alloc(6 * 1024 * 1024, 'x');
  const read = bytesOf({ base64: bytes.toString('base64') }, ['data'], 'WSASend');
  assert.ok(read.ok && read.value.equals(bytes));
  const odd = readBuffer({ base64: `${'A'.repeat(8_000_000)}!AAA` }, ['data']);
  assert.ok(!odd.ok && 'refusal' in odd && odd.refusal === 'validation');
});

test('len selects the first bytes; more than were given is WSAEFAULT with the limit', () => {
  const part = bytesOf({ text: 'abcdef', len: 3 }, ['data'], 'WSASend');
  assert.ok(part.ok && part.value.toString() === 'abc');
  const beyond = bytesOf({ text: 'abc', len: 4 }, ['data'], 'WSASend');
  assert.ok(!beyond.ok && 'code' in beyond && beyond.code === 10014);
  assert.deepEqual(beyond.extra, { limit: 3 });
});
