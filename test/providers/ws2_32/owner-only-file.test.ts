/** Owner-only files: the calls of advapi32.dll, and the decision from their results. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import {
  accessProblem,
  accessProblemOf,
  createOwnerOnly,
} from '../../../src/providers/ws2_32/owner-only-file.js';
import { type Entry, loadSecurity } from '../../../src/providers/ws2_32/security.js';
import { isWine } from '../../is-wine.js';
import { folder } from '../../places.js';
import { openHandles } from '../open-handles.js';

const ME = 'S-1-5-21-1-2-3-1001';
const SYSTEM = 'S-1-5-18';
const ADMINISTRATORS = 'S-1-5-32-544';
const EVERYONE = 'S-1-1-0';

const allow = (sid: string): Entry => ({ type: 0, sid });

describe('the access list of a file', () => {
  const own = { owner: ME, isProtected: true, entries: [allow(SYSTEM), allow(ME)] };

  it('is accepted with the user and SYSTEM, if one of them or the administrators own the file', () => {
    for (const owner of [ME, SYSTEM, ADMINISTRATORS])
      assert.equal(accessProblemOf({ ...own, owner }, ME), undefined);
    assert.equal(accessProblemOf({ ...own, entries: [allow(ME)] }, ME), undefined);
    assert.equal(
      accessProblemOf({ ...own, entries: [{ type: 1, sid: EVERYONE }, ...own.entries] }, ME),
      undefined,
    );
  });

  for (const [what, changed, complaint] of [
    ['of another owner', { owner: 'S-1-5-21-1-2-3-1002' }, /belongs to another user \(S-1-5-21-1-2-3-1002\)/],
    ['of a drive without lists', { owner: EVERYONE, entries: undefined }, /drive that keeps no access lists/],
    ['that the folder may add to', { isProtected: false }, /inherits from the folder/],
    ['that is not there', { entries: undefined }, /everybody may use it/],
    ['without entries', { entries: [] }, /is empty/],
    ['with everybody', { entries: [...own.entries, allow(EVERYONE)] }, /others .* \(S-1-1-0\)/],
    [
      'with the administrators',
      { entries: [...own.entries, allow(ADMINISTRATORS)] },
      /others .* \(S-1-5-32-544\)/,
    ],
    ['with an account whose number begins like the user’s', { entries: [allow(`${ME}0`)] }, /others than/],
    [
      'with an entry of another type',
      { entries: [{ type: 9, sid: undefined }] },
      /of a type unknown here \(9\)/,
    ],
  ] as const) {
    it(`${what} is refused`, () => {
      assert.match(accessProblemOf({ ...own, ...changed }, ME) ?? '', complaint);
    });
  }
});

describe('the native calls', { skip: process.platform !== 'win32' && 'needs Windows, or Wine' }, () => {
  it('return the current user', () => {
    assert.match(loadSecurity().currentUser(), /^S-1-5-\d+(-\d+)*$/);
    assert.notEqual(loadSecurity().currentUser(), SYSTEM);
  });

  it('make an empty file, but never over an existing one', (t) => {
    const file = join(folder(t), 'token');
    assert.equal(createOwnerOnly(file), true);
    assert.equal(statSync(file).size, 0);
    writeFileSync(file, 'x'); // fails if a handle is still open
    assert.equal(createOwnerOnly(file), false);
    assert.equal(readFileSync(file, 'utf8'), 'x');
  });

  for (const [what, ...names] of [
    ['longer than 260 characters', ...Array.from({ length: 6 }, (_, i) => `${i}`.repeat(50)), 'token'],
    ['with spaces and letters beyond ASCII', 'Jörg Ørsted', '日本 語', 'token'],
    ['that ends in a dot', 'token.'],
  ] as const) {
    it(`find the same file as Node for a path ${what}`, (t) => {
      const file = join(folder(t), ...names);
      mkdirSync(dirname(file), { recursive: true });
      assert.equal(createOwnerOnly(file), true);
      assert.equal(statSync(file).size, 0);
      assert.equal(createOwnerOnly(file), false);
      assert.equal(loadSecurity().securityOf(file).owner, loadSecurity().currentUser());
    });
  }

  it('fail in a missing folder, with the reason', (t) => {
    const file = join(folder(t), 'missing', 'token');
    assert.throws(() => createOwnerOnly(file), /^Error: CreateFileW failed with 3$/);
    assert.ok(!existsSync(file));
  });

  it('read the owner and the access list of a file', (t) => {
    const file = join(folder(t), 'token');
    createOwnerOnly(file);
    const security = loadSecurity();
    const { owner, entries = [] } = security.securityOf(file);
    assert.equal(owner, security.currentUser());
    assert.ok(entries.some(({ type, sid }) => type === 0 && sid === owner));
    assert.throws(() => security.securityOf(`${file}-not`), /GetNamedSecurityInfoW failed with 2$/);
  });

  it('refuse a file that was made without an access list of its own', (t) => {
    const file = join(folder(t), 'token');
    writeFileSync(file, '');
    assert.match(accessProblem(file) ?? '', /inherits from the folder|others than its owner/);
  });

  const noLists =
    isWine() && "Wine keeps the mode of a Linux file in a list's place, and never that it is protected";

  it('accept a file that they have made', { skip: noLists }, (t) => {
    const file = join(folder(t), 'token');
    createOwnerOnly(file);
    assert.equal(accessProblem(file), undefined);
    const { entries } = loadSecurity().securityOf(file);
    assert.deepEqual(entries, [allow(SYSTEM), allow(loadSecurity().currentUser())]);
  });

  it('close every handle', (t) => {
    const file = join(folder(t), 'token');
    createOwnerOnly(file);
    const security = loadSecurity();
    const before = openHandles();
    for (let i = 0; i < 200; i++) {
      security.currentUser();
      security.securityOf(file);
      createOwnerOnly(file);
      createOwnerOnly(`${file}${i}`);
    }
    const more = openHandles() - before;
    assert.ok(more < 50, `${more} more`);
  });
});
