import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { describe, it } from 'node:test';
import { errnoNumber, wsaCodeOf } from '../../../src/providers/posix/errno.js';
import { WSA_ERRORS, WSA_NAMES, type WsaName } from '../../../src/winsock/errors.js';

const codeOf = (errno: string): number => wsaCodeOf(errnoNumber(errno) ?? 0);

describe('errno', () => {
  it('maps every errno of the error table to the socket error of its name', () => {
    let rows = 0;
    for (const name of WSA_NAMES) {
      const { posixErrno, code } = WSA_ERRORS[name];
      if (posixErrno === undefined || name !== `WSA${posixErrno}` || name === 'WSAEBADF') continue;
      assert.ok(errnoNumber(posixErrno) !== undefined, `${posixErrno} has no number`);
      assert.equal(codeOf(posixErrno), code, posixErrno);
      rows++;
    }
    assert.ok(rows >= 40, `only ${rows} rows`);
  });

  const EXCEPTIONS: Readonly<Record<string, WsaName>> = {
    EAGAIN: 'WSAEWOULDBLOCK',
    EBADF: 'WSAENOTSOCK',
    EPIPE: 'WSAECONNABORTED',
    ENFILE: 'WSAEMFILE',
    ENOMEM: 'WSAENOBUFS',
    ENOSPC: 'WSAENOBUFS',
    EPERM: 'WSAEACCES',
    EPROTO: 'WSAECONNRESET',
    ENODEV: 'WSAEADDRNOTAVAIL',
    ENOENT: 'WSAENETDOWN',
    ENOTDIR: 'WSAENETDOWN',
    EROFS: 'WSAEACCES',
  };
  for (const [errno, name] of Object.entries(EXCEPTIONS)) {
    it(`maps ${errno} to ${name}`, () => assert.equal(codeOf(errno), WSA_ERRORS[name].code));
  }

  it('maps an errno that no socket call returns to WSASYSCALLFAILURE', () => {
    assert.equal(wsaCodeOf(constants.errno.EXDEV), WSA_ERRORS.WSASYSCALLFAILURE.code);
    assert.equal(wsaCodeOf(0), WSA_ERRORS.WSASYSCALLFAILURE.code);
  });
});
