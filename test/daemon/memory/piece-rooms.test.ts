import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PIECE_BYTES, PieceRoom, PieceRooms } from '../../../src/daemon/memory/piece-rooms.js';

test('a buffer is used again by the next pump when it is released', () => {
  const rooms = new PieceRooms();
  const [first, second] = [new PieceRoom(rooms), new PieceRoom(rooms)];
  const { buffer } = first;
  assert.equal(buffer.length, PIECE_BYTES);
  assert.equal(first.buffer, buffer);
  first.release();
  first.release();
  assert.equal(second.buffer, buffer);
  assert.notEqual(first.buffer, buffer);
});

test('a buffer whose bytes stay in it is not used again', () => {
  const rooms = new PieceRooms();
  const room = new PieceRoom(rooms);
  const { buffer } = room;
  room.leave();
  room.release();
  assert.notEqual(room.buffer, buffer);
});

test('of many that were under way at once only a few are kept', () => {
  const rooms = new PieceRooms();
  const buffers = Array.from({ length: 20 }, () => rooms.take());
  for (const buffer of buffers) rooms.giveBack(buffer);
  const again = new Set(Array.from({ length: 20 }, () => rooms.take()));
  assert.equal(buffers.filter((buffer) => again.has(buffer)).length, 8);
});
