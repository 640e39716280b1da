/** The constants have the numbers of the headers for C programs on Windows. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as constants from '../../src/winsock/constants.js';
import { CONTROL_TYPES } from '../../src/winsock/control-messages.js';
import { IOCTLS } from '../../src/winsock/ioctls.js';
import { OPTION_LEVELS, OPTIONS } from '../../src/winsock/options.js';
import { PFL, XP1 } from '../../src/winsock/protocol-info.js';
import { Headers } from './c-headers.js';

const SOL_SOCKET_PAGE = 'https://learn.microsoft.com/windows/win32/winsock/sol-socket-socket-options';
const TCP_PAGE = 'https://learn.microsoft.com/windows/win32/winsock/ipproto-tcp-socket-options';
const IP_PAGE = 'https://learn.microsoft.com/windows/win32/winsock/ipproto-ip-socket-options';

const IOCTLS_PAGE = 'https://learn.microsoft.com/windows/win32/winsock/winsock-ioctls';

/**
 * Constants that the headers of mingw-w64 10 lack, and their pages of Microsoft. Newer headers may have
 * them.
 */
const NOT_IN_THE_HEADERS: Readonly<Record<string, string>> = {
  SO_PAUSE_ACCEPT: SOL_SOCKET_PAGE,
  SO_RANDOMIZE_PORT: SOL_SOCKET_PAGE,
  SO_PORT_SCALABILITY: 'https://learn.microsoft.com/windows/win32/winsock/so-port-scalability',
  SO_REUSE_UNICASTPORT: SOL_SOCKET_PAGE,
  SO_REUSE_MULTICASTPORT: SOL_SOCKET_PAGE,
  TCP_KEEPALIVE: TCP_PAGE,
  TCP_KEEPIDLE: TCP_PAGE,
  TCP_KEEPCNT: TCP_PAGE,
  TCP_KEEPINTVL: TCP_PAGE,
  TCP_MAXRT: TCP_PAGE,
  TCP_TIMESTAMPS: TCP_PAGE,
  TCP_FASTOPEN: TCP_PAGE,
  TCP_FAIL_CONNECT_ON_ICMP_ERROR: TCP_PAGE,
  IP_RECVECN: IP_PAGE,
  IPV6_RECVECN: 'https://learn.microsoft.com/windows/win32/winsock/ipproto-ipv6-socket-options',
  SIO_IDEAL_SEND_BACKLOG_CHANGE: IOCTLS_PAGE,
  SIO_IDEAL_SEND_BACKLOG_QUERY: IOCTLS_PAGE,
  SIO_QUERY_RSS_PROCESSOR_INFO: IOCTLS_PAGE,
  SIO_QUERY_RSS_SCALABILITY_INFO: IOCTLS_PAGE,
  SIO_QUERY_WFP_ALE_ENDPOINT_HANDLE: IOCTLS_PAGE,
  SIO_QUERY_WFP_CONNECTION_REDIRECT_CONTEXT: IOCTLS_PAGE,
  SIO_QUERY_WFP_CONNECTION_REDIRECT_RECORDS: IOCTLS_PAGE,
  SIO_SET_COMPATIBILITY_MODE: IOCTLS_PAGE,
  SIO_SET_WFP_CONNECTION_REDIRECT_RECORDS: IOCTLS_PAGE,
};

const optionIds = Object.fromEntries(Object.entries(OPTIONS).map(([name, { id }]) => [name, id]));

const TABLES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  options: optionIds,
  levels: OPTION_LEVELS,
  ioctls: IOCTLS,
  families: constants.ADDRESS_FAMILIES,
  'socket types': constants.SOCKET_TYPES,
  protocols: constants.PROTOCOLS,
  shutdown: constants.SHUTDOWN_HOW,
  'flags of send': constants.SEND_FLAGS,
  'flags of recv': constants.RECV_FLAGS,
  'flags of WSAMSG': constants.MESSAGE_FLAGS,
  'control data': Object.fromEntries(Object.entries(CONTROL_TYPES).map(([name, { id }]) => [name, id])),
  'events of WSAPoll': constants.POLL_EVENTS,
  'network events': constants.NETWORK_EVENTS,
  'flags of getaddrinfo': constants.AI_FLAGS,
  'flags of getnameinfo': constants.NI_FLAGS,
  'service flags': XP1,
  'provider flags': PFL,
  others: { SOMAXCONN: constants.SOMAXCONN },
};

const folder = Headers.find();
const missing = 'the headers of mingw-w64 (Debian: mingw-w64-common) are not installed';
const skip = folder === undefined && process.env.CI !== 'true' ? missing : false;

for (const [what, table] of Object.entries(TABLES)) {
  test(`the numbers of ${what} equal those of the headers`, { skip }, () => {
    assert.ok(folder !== undefined, missing);
    const headers = new Headers(folder);
    for (const [name, number] of Object.entries(table)) {
      const defined = headers.valueOf(name);
      if (defined === undefined)
        assert.ok(
          NOT_IN_THE_HEADERS[name],
          `${name} is not in the headers of mingw-w64: add it to NOT_IN_THE_HEADERS, with its page`,
        );
      else assert.equal(number >>> 0, defined, name);
    }
  });
}

test('the constants that the headers lack exist here', () => {
  for (const name of Object.keys(NOT_IN_THE_HEADERS)) assert.ok(name in OPTIONS || name in IOCTLS, name);
});
