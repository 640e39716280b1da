import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { capturedBytes, payloadHex, payloadText, visibleLines } from '../../src/console/model/payload.js';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('bytes as text', () => {
  const cases: readonly (readonly [what: string, bytes: Uint8Array, text: string])[] = [
    ['plain text', utf8('Grüße, 世界 👋'), 'Grüße, 世界 👋'],
    ['control characters', utf8('GET /\r\n\t\0\x1b[1m\x7f'), 'GET /␍␊␉␀␛[1m␡'],
    ['C1 controls', utf8('a\u0085b'), 'a\\u{85}b'],
    ['direction marks', utf8('abc\u202egnp.exe\u200f'), 'abc\\u{202e}gnp.exe\\u{200f}'],
    [
      'characters without a shape',
      utf8('a\u200bb\u00adc\u2060d\ufe0fe'),
      'a\\u{200b}b\\u{ad}c\\u{2060}d\\u{fe0f}e',
    ],
    ['fillers that are letters', utf8('a\u3164b\u115fc'), 'a\\u{3164}b\\u{115f}c'],
    ['tags', utf8('a\u{e0041}b'), 'a\\u{e0041}b'],
    ['separators and other spaces', utf8('a\u2028b\u00a0c d'), 'a\\u{2028}b\\u{a0}c d'],
    ['a mark of the byte order', utf8('\ufeffa'), '\\u{feff}a'],
    ['private and unassigned characters', utf8('\ue000\u0378'), '\\u{e000}\\u{378}'],
    ['bytes that are not UTF-8', Uint8Array.of(0x61, 0xff, 0x0a, 0xc3), 'a\\xff␊\\xc3'],
  ];
  for (const [what, bytes, text] of cases) {
    test(what, () => assert.equal(payloadText(bytes).text, text));
  }

  test('a limit does not cut a character in two', () => {
    assert.deepEqual(payloadText(utf8('a👋b'), 3), { text: 'a', isUtf8: true, rest: 5 });
    assert.deepEqual(payloadText(utf8('a👋b'), 5), { text: 'a👋', isUtf8: true, rest: 1 });
    assert.deepEqual(payloadText(utf8('abc'), 3), { text: 'abc', isUtf8: true, rest: 0 });
  });

  test('a limit within bytes that are no text', () => {
    const bytes = new Uint8Array(10).fill(0x80);
    assert.deepEqual(payloadText(bytes, 2), { text: '\\x80\\x80', isUtf8: false, rest: 8 });
  });

  test('nothing is invisible, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.string({ unit: 'binary' }), (bytes, text) => {
        for (const given of [bytes, utf8(text)]) {
          assert.doesNotMatch(
            payloadText(given).text,
            /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u,
          );
        }
      }),
    );
  });
});

describe('bytes as hex rows', () => {
  test('offset, hex and characters', () => {
    const { rows, rest } = payloadHex(utf8('0123456789abcdefé\n'));
    assert.equal(rest, 0);
    assert.deepEqual(
      rows.map(({ offset, hex, characters }) => [offset, hex.join(' '), characters]),
      [
        ['00000000', '30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66', '0123456789abcdef'],
        ['00000010', 'c3 a9 0a', '···'],
      ],
    );
  });

  test('what is not shown is counted', () => {
    const { rows, rest } = payloadHex(new Uint8Array(40), 20);
    assert.deepEqual([rows.map(({ hex }) => hex.length), rest], [[16, 4], 20]);
  });
});

describe('captured bytes of an entry', () => {
  const entry = { data: { base64: Buffer.from('hello, world').toString('base64'), len: 12 } };

  test('all, or the first of them', () => {
    assert.equal(Buffer.from(capturedBytes(entry) ?? []).toString(), 'hello, world');
    for (const most of [1, 2, 3, 4, 5, 11, 12, 13]) {
      const bytes = Buffer.from(capturedBytes(entry, most) ?? []);
      assert.equal(bytes.toString(), 'hello, world'.slice(0, most));
    }
  });

  test('none', () => {
    assert.equal(capturedBytes({}), undefined);
    assert.equal(capturedBytes({ data: { base64: '', len: 0 } }), undefined);
  });
});

test('lines stay lines; direction marks and control characters in them are shown', () => {
  assert.equal(visibleLines('a\u202eb\nc\td'), 'a\\u{202e}b\nc\u2409d');
});
