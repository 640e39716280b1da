import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WSA_ERRORS } from '../../src/winsock/errors.js';
import { negotiate, versionText } from '../../src/winsock/versions.js';

test('versions are negotiated as by WSAStartup', () => {
  const cases = {
    '1.0': '1.0',
    '1.1': '1.1',
    '1.5': '1.1',
    '2.0': '2.0',
    '2.1': '2.1',
    '2.2': '2.2',
    '2.9': '2.2',
    '3.0': '2.2',
    '255.255': '2.2',
  };
  for (const [asked, granted] of Object.entries(cases)) {
    const outcome = negotiate(asked);
    assert.ok(outcome.ok);
    assert.equal(versionText(outcome.value), granted, asked);
  }
  for (const asked of ['0.0', '0.1', '0.255']) {
    const outcome = negotiate(asked);
    assert.ok(!outcome.ok);
    assert.equal(outcome.code, WSA_ERRORS.WSAVERNOTSUPPORTED.code);
  }
});
