import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteAccounts } from '../../../src/daemon/memory/byte-account.js';
import {
  KEPT_MS,
  KEY_BYTES,
  type KeyPlace,
  OwnerKeys,
  type StoredAnswer,
} from '../../../src/http/keys/owner-keys.js';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';

const KIB = 1024;

const setup = (keys = 3, bytes = 64 * KIB, bytesPerOwner = 1024 * KIB) => {
  const clock = new ManualClock();
  const account = new ByteAccounts({ bytesPerOwner, bytesTotal: bytesPerOwner }).of('alice');
  const limits = { idempotencyKeysPerOwner: keys, idempotencyBytesPerOwner: bytes };
  return { clock, account, keys: new OwnerKeys(clock, limits, account) };
};

const answerOf = (length: number): StoredAnswer => ({ status: 200, fields: {}, body: Buffer.alloc(length) });

/** What a request meets: the first of its key, an answer, or a refusal. */
const begin = (keys: OwnerKeys, key: string, fingerprint = 'POST /a') => {
  const begun = keys.begin(key, fingerprint);
  if (!begun.ok) return begun.refusal;
  return begun.stored ?? begun.place;
};

const place = (keys: OwnerKeys, key: string, fingerprint?: string): KeyPlace => {
  const begun = begin(keys, key, fingerprint);
  assert.ok(typeof begun === 'object' && 'store' in begun, String(begun));
  return begun;
};

test('a key is under way, then has its answer, for ten minutes and not less', () => {
  const { clock, account, keys } = setup();
  const first = place(keys, 'k');
  assert.equal(begin(keys, 'k'), 'key-under-way');
  assert.equal(begin(keys, 'k', 'POST /b'), 'key-reused');
  clock.advance(KEPT_MS);
  assert.equal(begin(keys, 'k'), 'key-under-way', 'a call under way keeps its key');
  const answer = answerOf(100);
  first.store(answer);
  clock.advance(KEPT_MS - 1);
  assert.equal(begin(keys, 'k'), answer);
  assert.equal(begin(keys, 'k', 'POST /b'), 'key-reused');
  assert.ok(account.used > 100);
  clock.advance(1);
  assert.equal(account.used, 0, 'the bytes are released though no request has come');
  place(keys, 'k', 'POST /b').free();
  assert.equal(account.used, 0);
});

test('a key that was freed is as new; only the first end of a place counts', () => {
  const { keys, account } = setup();
  const first = place(keys, 'k');
  first.free();
  const second = place(keys, 'k', 'POST /b');
  first.free();
  first.store(answerOf(10));
  assert.equal(begin(keys, 'k', 'POST /b'), 'key-under-way');
  second.store(answerOf(10));
  second.free();
  assert.notEqual(account.used, 0);
  assert.equal(typeof begin(keys, 'k', 'POST /b'), 'object');
});

test('a full store takes no further key, and forgets none', () => {
  const { clock, keys } = setup(2);
  const one = answerOf(1);
  place(keys, 'one').store(one);
  clock.advance(1000);
  const two = place(keys, 'two');
  assert.equal(begin(keys, 'three'), 'quota');
  two.store(answerOf(2));
  assert.equal(begin(keys, 'three'), 'quota');
  assert.equal(begin(keys, 'one'), one);
  clock.advance(KEPT_MS - 1000);
  place(keys, 'three');
  assert.equal(begin(keys, 'one'), 'quota');
});

test('answers count by their bytes, in the account of the owner too', () => {
  const { account, keys } = setup(100, 64 * KIB, 100 * KIB);
  const first = place(keys, 'one');
  assert.equal(first.reserve(60 * KIB), undefined);
  const second = place(keys, 'two');
  assert.equal(second.reserve(10 * KIB)?.refusal, 'quota');
  const third = place(keys, 'two', 'POST /b');
  third.free();
  first.store(answerOf(KIB));
  assert.ok(account.used < 4 * KIB, 'what the answer does not need is released');
  assert.equal(place(keys, 'two').reserve(50 * KIB), undefined);
  const other = setup(100, 64 * KIB, 100 * KIB);
  other.account.count(100 * KIB);
  assert.equal(begin(other.keys, 'one'), 'quota', 'the account is full');
  other.account.release(100 * KIB);
  place(other.keys, 'one').free();
  assert.equal(other.account.used, 0);
});

/** The most bytes of an answer. */
const RESERVED = 10 * KIB;

const KEYS = ['a', 'b', 'c', 'd'];
const PRINTS = ['POST /a', 'POST /b'];

type Step =
  | { readonly do: 'begin'; readonly key: string; readonly print: string }
  | { readonly do: 'store' | 'free'; readonly at: number; readonly length: number }
  | { readonly do: 'advance'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('begin' as const),
      key: fc.constantFrom(...KEYS),
      print: fc.constantFrom(...PRINTS),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('store' as const, 'free' as const),
      at: fc.nat(5),
      length: fc.nat(RESERVED),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('advance' as const),
      ms: fc.constantFrom(1, KEPT_MS / 2, KEPT_MS - 1, KEPT_MS),
    }),
  },
);

/** What a key has: a call under way, or an answer with the time at which it is forgotten. */
interface Entry {
  readonly print: string;
  answer?: StoredAnswer;
  until: number;
}

test('any sequence: a model that keeps every key in one map answers the same', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const most = 3;
      const { clock, account, keys } = setup(most, 24 * KIB);
      const model = new Map<string, Entry>();
      const places: { readonly place: KeyPlace; readonly key: string; readonly entry: Entry }[] = [];
      const isFull = (key: string, print: string): boolean =>
        model.size >= most || account.used + KEY_BYTES + key.length + print.length > 24 * KIB;
      for (const one of steps) {
        if (one.do === 'advance') {
          clock.advance(one.ms);
          for (const [key, { until }] of model) if (until <= clock.now()) model.delete(key);
        } else if (one.do === 'begin') {
          const before = model.get(one.key);
          const wasFull = isFull(one.key, one.print);
          const begun = begin(keys, one.key, one.print);
          if (before && before.print !== one.print) assert.equal(begun, 'key-reused');
          else if (before) assert.equal(begun, before.answer ?? 'key-under-way');
          else if (wasFull) assert.equal(begun, 'quota');
          else {
            assert.ok(typeof begun === 'object' && 'store' in begun, String(begun));
            const entry: Entry = { print: one.print, until: Number.POSITIVE_INFINITY };
            model.set(one.key, entry);
            const full = begun.reserve(RESERVED);
            if (full) model.delete(one.key);
            else places.push({ place: begun, key: one.key, entry });
          }
        } else {
          const made = places[one.at];
          if (!made) continue;
          const { key, entry } = made;
          const isUnderWay = model.get(key) === entry && entry.answer === undefined;
          if (one.do === 'free') {
            made.place.free();
            if (isUnderWay) model.delete(key);
          } else {
            const answer = answerOf(one.length);
            made.place.store(answer);
            if (isUnderWay) Object.assign(entry, { answer, until: clock.now() + KEPT_MS });
          }
        }
        assert.ok(account.used <= 24 * KIB, 'the limit of bytes is never passed');
        assert.equal(account.used > 0, model.size > 0, 'bytes are counted while there are keys');
      }
      for (const { place: last } of places) last.free();
      clock.advance(KEPT_MS);
      assert.deepEqual([account.used, clock.pending], [0, 0]);
    }),
  );
});
