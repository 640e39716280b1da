import assert from 'node:assert/strict';
import test from 'node:test';
import { ByteAccounts } from '../../../src/daemon/memory/byte-account.js';
import { systemClock } from '../../../src/daemon/waiting/clock.js';
import { Turns } from '../../../src/daemon/waiting/turns.js';
import { MOST_POINTERS } from '../../../src/http/batch/batch-definition.js';
import { DocumentBytes } from '../../../src/http/batch/document-bytes.js';
import { BatchReader } from '../../../src/http/batch/read-batch.js';
import { Instants } from '../../../src/http/gates/not-before.js';
import { Slices } from '../../../src/http/memory/slices.js';
import { OPERATIONS } from '../../../src/operations/list.js';

const instants = new Instants(systemClock, 30_000);

const accountOf = (bytes = 100_000_000) =>
  new ByteAccounts({ bytesPerOwner: bytes, bytesTotal: bytes }).of('alice');

const close = OPERATIONS.find(({ name }) => name === 'close');

test('a document is read in slices: others have their turn between its steps', async () => {
  const slices = new Slices(new Turns({ setImmediate }));
  let turns = 0;
  const countTurn = (): void => {
    turns++;
    if (turns < 10) setImmediate(countTurn);
  };
  setImmediate(countTurn);
  const seen: number[] = [];
  const findSlowly = () => {
    seen.push(turns);
    while (slices.isOpen);
    return close;
  };
  const steps = [1, 2, 3].map(() => ({ operation: 'close', params: { socketId: 'x' } }));
  const read = await new BatchReader(findSlowly, slices, 30, instants).read(
    { steps },
    'alice',
    new DocumentBytes(accountOf()),
  );
  assert.equal(read.ok && read.value.steps.length, 3);
  assert.deepEqual(seen, [0, 1, 2]);
});

const readerOf = () => new BatchReader(() => close, new Slices(new Turns({ setImmediate })), 30, instants);

test('the ids that later steps refer to are known, wherever the reference is', async () => {
  const steps = [
    { id: 'a', operation: 'close' },
    { id: 'b', operation: 'close' },
    { operation: 'close', params: { list: [{ deep: { $result: '/a/x~1y/0' } }] } },
  ];
  const read = await readerOf().read({ steps }, 'alice', new DocumentBytes(accountOf()));
  assert.ok(read.ok);
  assert.deepEqual([...read.value.referredTo], ['a']);
  const [reference] = read.value.steps[2]?.references ?? [];
  assert.deepEqual(reference?.path, ['list', 0, 'deep']);
  assert.deepEqual(reference?.target, { stepId: 'a', place: ['x/y', '0'] });
});

/** A document with so many references, deep in the parameters of its second step. */
const referring = (count: number, pointer = '/a/x', depth = 20): object => {
  let deep: object = Array.from({ length: count }, () => ({ $result: pointer }));
  for (let at = 0; at < depth; at++) deep = [deep];
  return {
    steps: [
      { id: 'a', operation: 'close' },
      { operation: 'close', params: { deep } },
    ],
  };
};

/** The first error of a document that is refused. */
const errorOf = async (document: object) => {
  const read = await readerOf().read(document, 'alice', new DocumentBytes(accountOf()));
  return !read.ok && read.errors?.[0];
};

test('references and expectations together have a limit', async () => {
  const bytes = new DocumentBytes(accountOf());
  assert.ok((await readerOf().read(referring(MOST_POINTERS), 'alice', bytes)).ok);
  const tooMany = {
    path: ['steps'],
    detail: `must have <= ${MOST_POINTERS} references and expectations together`,
  };
  assert.deepEqual(await errorOf(referring(MOST_POINTERS + 1)), tooMany);
  const half = MOST_POINTERS / 2 + 1;
  const expect = Object.fromEntries(Array.from({ length: half }, (_, at) => [`/${at}`, at]));
  const step = { operation: 'close', expect };
  assert.deepEqual(await errorOf({ steps: [step, step] }), tooMany);
});

test('a pointer that is too long is refused, and the error does not repeat it', async () => {
  const long = '/'.repeat(1_000_000);
  const reference = await errorOf(referring(1, `/a${long}`, 0));
  assert.ok(
    reference && /of at most 1024 characters and 32 names$/.test(reference.detail),
    String(reference),
  );
  assert.deepEqual(reference.path, ['steps', 1, 'params', 'deep', 0]);
  assert.deepEqual(await errorOf({ steps: [{ operation: 'close', expect: { [long]: 1 } }] }), {
    path: ['steps', 0, 'expect'],
    detail: 'has a name that is not a JSON pointer of at most 1024 characters and 32 names',
  });
});

test('the errors of a document are few, however many it has', async () => {
  const read = await readerOf().read(referring(1000, '/none'), 'alice', new DocumentBytes(accountOf()));
  assert.equal(!read.ok && read.errors?.length, 20);
});

test('what a document takes beyond its text is reserved while it is read, and released', async () => {
  const account = accountOf();
  const bytes = new DocumentBytes(account);
  assert.ok((await readerOf().read(referring(1000), 'alice', bytes)).ok);
  assert.ok(account.used > 256_000, String(account.used));
  bytes.release();
  assert.equal(account.used, 0);
  const small = accountOf(100_000);
  const refused = await readerOf().read(referring(1000), 'alice', new DocumentBytes(small));
  assert.equal(!refused.ok && refused.refusal, 'quota');
  const steps = Array(1000).fill({ operation: 'close' });
  const second = new DocumentBytes(accountOf(100_000));
  const many = await readerOf().read({ steps }, 'alice', second);
  assert.equal(!many.ok && many.refusal, 'quota');
});

test('the pointers of one step are read in slices too', async () => {
  let longest = 0;
  let last = performance.now();
  let isOver = false;
  const watch = (): void => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
    if (!isOver) setImmediate(watch);
  };
  const pointer = `/a${`/${'~0'.repeat(12)}`.repeat(31)}`;
  const document = referring(MOST_POINTERS, pointer, 0);
  const began = performance.now();
  setImmediate(watch);
  const read = await readerOf().read(document, 'alice', new DocumentBytes(accountOf()));
  isOver = true;
  const whole = performance.now() - began;
  assert.ok(read.ok);
  assert.ok(longest < whole / 3, `${longest} of ${whole} ms`);
});
