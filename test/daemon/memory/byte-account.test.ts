import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteAccounts } from '../../../src/daemon/memory/byte-account.js';

const accounts = () => new ByteAccounts({ bytesPerOwner: 100, bytesTotal: 150 });

test('an owner can reserve exactly up to its limit', () => {
  const alice = accounts().of('alice');
  assert.equal(alice.reserve(100), undefined);
  assert.equal(alice.reserve(1)?.refusal, 'quota');
  assert.equal(alice.used, 100, 'refused bytes are not counted');
  alice.release(1);
  assert.equal(alice.reserve(1), undefined);
});

test('all owners together can reserve up to the limit of the daemon', () => {
  const all = accounts();
  assert.equal(all.of('alice').reserve(100), undefined);
  assert.equal(all.of('bob').reserve(51)?.refusal, 'overloaded');
  assert.equal(all.of('bob').reserve(50), undefined);
  assert.equal(all.used, 150);
});

test('bytes that exist already are counted, also above the limit', () => {
  const all = accounts();
  const alice = all.of('alice');
  alice.count(120);
  assert.equal(alice.reserve(1)?.refusal, 'quota');
  alice.release(120);
  assert.equal(all.used, 0);
});

test('an owner has one account', () => {
  const all = accounts();
  assert.equal(all.of('alice'), all.of('alice'));
});

test('bytes are short when less than an eighth is left, of the owner or of all', () => {
  const all = accounts();
  const alice = all.of('alice');
  const bob = all.of('bob');
  alice.count(87);
  assert.equal(alice.isShort, false);
  alice.count(1);
  assert.equal(alice.isShort, true);
  assert.equal(bob.isShort, false);
  bob.count(44);
  assert.equal(bob.isShort, true);
});

test('evictable bytes are dropped only if that makes enough room, and otherwise count as free', () => {
  const all = accounts();
  const alice = all.of('alice');
  let kept = 60;
  alice.count(60);
  alice.setEvictable({
    get evictableBytes() {
      return Math.max(0, kept - 10);
    },
    evictOldest() {
      if (kept <= 10) return false;
      kept -= 10;
      alice.release(10);
      return true;
    },
  });
  alice.count(35);
  assert.equal(alice.isShort, false);
  assert.equal(alice.reserve(56)?.refusal, 'quota');
  assert.equal(kept, 60, 'dropping them would not have made enough room');
  assert.equal(alice.reserve(20), undefined);
  assert.equal(kept, 40);
  assert.equal(alice.reserve(36)?.refusal, 'quota');
  assert.equal(alice.reserve(30), undefined);
  assert.deepEqual([kept, alice.used], [10, 95]);
  assert.equal(alice.isShort, true);
  all.of('bob').count(51);
  assert.equal(alice.reserve(5)?.refusal, 'overloaded');
});
