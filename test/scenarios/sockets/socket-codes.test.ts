/** The codes of socket, by family, type and protocol. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PROVIDERS, startDaemon, startSession } from '../test-daemon.js';

type Triple = readonly [family: string, type: string | undefined, protocol: string | undefined];

/**
 * Codes of Windows for unknown numbers (test_WSASocket of Wine's sock.c), here also for constants without a
 * catalog entry: SOCK_RDM, IPPROTO_IGMP.
 */
const REFUSED: readonly [...Triple, code: string][] = [
  ['AF_INET', 'SOCK_RDM', 'IPPROTO_TCP', 'WSAESOCKTNOSUPPORT'],
  ['AF_INET', 'SOCK_STREAM', 'IPPROTO_IGMP', 'WSAEPROTONOSUPPORT'],
  ['AF_INET', 'SOCK_RDM', 'IPPROTO_IGMP', 'WSAESOCKTNOSUPPORT'],
  ['AF_INET', 'SOCK_RDM', undefined, 'WSAESOCKTNOSUPPORT'],
  ['AF_INET', undefined, 'IPPROTO_IGMP', 'WSAEPROTONOSUPPORT'],
  ['AF_INET', 'SOCK_STREAM', 'IPPROTO_UDP', 'WSAEPROTONOSUPPORT'],
  ['AF_INET', 'SOCK_DGRAM', 'IPPROTO_TCP', 'WSAEPROTONOSUPPORT'],
  ['AF_INET6', 'SOCK_STREAM', 'IPPROTO_UDP', 'WSAEPROTONOSUPPORT'],
  ['AF_INET6', 'SOCK_DGRAM', 'IPPROTO_TCP', 'WSAEPROTONOSUPPORT'],
  ['AF_UNSPEC', 'SOCK_STREAM', 'IPPROTO_IGMP', 'WSAEPROTONOSUPPORT'],
  ['AF_UNSPEC', 'SOCK_RDM', 'IPPROTO_UDP', 'WSAESOCKTNOSUPPORT'],
  ['AF_UNSPEC', undefined, 'IPPROTO_IGMP', 'WSAEPROTONOSUPPORT'],
];

/** The lab has no AF_UNIX. */
const REFUSED_BY_LAB: typeof REFUSED = [
  ['AF_UNIX', 'SOCK_STREAM', 'IPPROTO_TCP', 'WSAEAFNOSUPPORT'],
  ['AF_UNIX', 'SOCK_RDM', 'IPPROTO_TCP', 'WSAESOCKTNOSUPPORT'],
  ['AF_UNIX', 'SOCK_STREAM', 'IPPROTO_IGMP', 'WSAEAFNOSUPPORT'],
  ['AF_UNIX', 'SOCK_STREAM', 'IPPROTO_UDP', 'WSAEAFNOSUPPORT'],
];

/** Without family and protocol: only a provider or an entry decides. */
const INVALID: readonly Triple[] = [
  ['AF_UNSPEC', 'SOCK_STREAM', undefined],
  ['AF_UNSPEC', 'SOCK_DGRAM', 'IPPROTO_IP'],
  ['AF_UNSPEC', 'SOCK_RDM', 'IPPROTO_IP'],
  ['AF_UNSPEC', undefined, undefined],
];

const asked = ([family, type, protocol]: Triple) => ({
  family,
  ...(type && { type }),
  ...(protocol && { protocol }),
});

for (const provider of PROVIDERS) {
  test(`the codes with which socket refuses, on ${provider}`, async (t) => {
    const daemon = await startDaemon(t);
    const session = await startSession(daemon, provider);
    for (const [family, type, protocol, code] of provider === 'lab'
      ? [...REFUSED, ...REFUSED_BY_LAB]
      : REFUSED) {
      const params = { ...asked([family, type, protocol]), provider };
      const { name } = await session.problem('sockets', params);
      assert.equal(name, code, JSON.stringify(params));
    }
  });
}

test('the codes with which socket refuses if no provider is named', async (t) => {
  const daemon = await startDaemon(t);
  const [provider] = PROVIDERS;
  assert.ok(provider);
  const session = await startSession(daemon, provider);
  for (const [family, type, protocol, code] of REFUSED) {
    const params = asked([family, type, protocol]);
    assert.equal((await session.problem('sockets', params)).name, code, JSON.stringify(params));
  }
  for (const triple of INVALID) {
    assert.equal((await session.problem('sockets', asked(triple))).name, 'WSAEINVAL', JSON.stringify(triple));
  }
});
