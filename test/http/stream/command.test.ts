import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCommand } from '../../../src/http/stream/command.js';

const read = (text: string) => readCommand(text, 100);

test('each command, with its members', () => {
  assert.deepEqual(read('{"type":"shutdown"}'), { type: 'shutdown', params: {} });
  assert.deepEqual(read('{"type":"reset"}'), { type: 'reset', params: {} });
  assert.deepEqual(read('{"type":"sendDisconnect"}'), { type: 'sendDisconnect', params: {} });
  assert.deepEqual(read('{"disconnectData":{"text":"x"},"type":"sendDisconnect"}'), {
    type: 'sendDisconnect',
    params: { disconnectData: { text: 'x' } },
  });
});

test('what is no JSON is 1003, what is no command 1008', () => {
  for (const text of [
    '',
    '{',
    '{"type":"reset","type":"reset"}',
    '{"a":[1,2,3]}'.replace('1', '1,'.repeat(200)),
  ]) {
    assert.deepEqual(read(text), { code: 1003, reason: 'A text message is JSON.' }, text);
  }
  for (const text of [
    'null',
    '1',
    '[]',
    '{}',
    '{"type":1}',
    '{"type":"constructor"}',
    '{"type":"reset","x":1}',
  ]) {
    const { code } = { code: 0, ...read(text) };
    assert.equal(code, 1008, text);
  }
});

test('a reason fits into a close frame, whatever the message was', () => {
  const long = 'x'.repeat(1000);
  for (const text of [
    `{"type":"${long}"}`,
    `{"type":"shutdown","${long}":1}`,
    `{"type":"sendDisconnect","${long}":1}`,
  ]) {
    const { reason } = { reason: long, ...read(text) };
    assert.ok(Buffer.byteLength(reason) <= 123);
  }
});
