import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ids } from '../../../src/daemon/ids/ids.js';

test('ids contain their kind and the start of the daemon, and are unique', () => {
  const ids = new Ids(1_700_000_000_000);
  const start = (1_700_000_000_000).toString(36);
  assert.match(ids.session(), new RegExp(`^ses_${start}_[a-z2-7]{26}$`));
  assert.match(ids.socket(), new RegExp(`^sck_${start}_[a-z2-7]{26}$`));
  const many = new Set(Array.from({ length: 10_000 }, () => ids.socket()));
  assert.equal(many.size, 10_000);
});

test('an id is of an earlier run only if it is well-formed and has an earlier start', () => {
  const ids = new Ids(1_700_000_000_000);
  assert.ok(ids.isOfEarlierRun(new Ids(1_699_999_999_999).socket()));
  assert.ok(!ids.isOfEarlierRun(ids.session()));
  assert.ok(!ids.isOfEarlierRun(new Ids(1_700_000_000_001).socket()), 'a later start');
  for (const odd of [
    '',
    'sck_1_abc',
    'xyz_1_aaaaaaaaaaaaaaaaaaaaaaaaaa',
    'sck__aaaaaaaaaaaaaaaaaaaaaaaaaa',
  ]) {
    assert.ok(!ids.isOfEarlierRun(odd), odd);
  }
});
