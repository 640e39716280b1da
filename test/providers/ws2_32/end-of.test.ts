/** How the end of a connection is detected, with fake results of send, recv and WSAPoll. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Handle } from '../../../src/providers/provider.js';
import { SharedState, type SocketState, type Stack } from '../../../src/providers/ws2_32/handle-state.js';
import { endOf } from '../../../src/providers/ws2_32/transfer.js';
import { ADDRESS_FAMILIES, POLL_EVENTS } from '../../../src/winsock/constants.js';
import { fail, type Outcome, ok } from '../../../src/winsock/outcome.js';

const RESET = fail('WSAECONNRESET', 'acted');
const NOTHING = fail('WSAEWOULDBLOCK', 'acted');
const SHUT = fail('WSAESHUTDOWN', 'acted');

interface Acted {
  readonly send?: Outcome<number>;
  readonly peek?: Outcome<number>;
  readonly revents?: number;
  /** Network events are selected. */
  readonly isSelected?: boolean;
}

const endingFrom = ({ send = ok(0), peek = NOTHING, revents = 0, isSelected = false }: Acted) => {
  const shared = new SharedState();
  if (isSelected) shared.event = 8;
  const socket: SocketState = { s: 4 as Handle, stream: true, family: ADDRESS_FAMILIES.AF_INET, shared };
  let peeks = 0;
  const ws2_32 = {
    send: () => send,
    recv: () => {
      peeks++;
      return peek;
    },
    poll: (items: Buffer) => {
      items.writeInt16LE(revents, 10);
      return ok(revents === 0 ? 0 : 1);
    },
  };
  // The members that endOf uses.
  const stack = { ws2_32, sockets: new Map([[socket.s, socket]]) } as unknown as Stack;
  return { ending: endOf(stack, socket), peeks };
};

describe('the end of a connection of ws2_32', () => {
  const cases: readonly (readonly [name: string, acted: Acted, ending: 'lost' | 'ended' | undefined])[] = [
    ['alive: nothing waits', {}, undefined],
    ['alive: bytes wait', { peek: ok(1) }, undefined],
    [
      'alive: nothing was connected',
      { send: fail('WSAENOTCONN', 'acted'), peek: fail('WSAENOTCONN', 'acted') },
      undefined,
    ],
    ['ended by the peer', { peek: ok(0) }, 'ended'],
    ['lost, by a send', { send: RESET, peek: ok(1) }, 'lost'],
    ['lost, only by a peek', { peek: RESET }, 'lost'],
    ['own SD_SEND, alive', { send: SHUT }, undefined],
    ['own SD_SEND, lost', { send: SHUT, peek: RESET }, 'lost'],
    ['own SD_RECEIVE, alive', { peek: SHUT, revents: POLL_EVENTS.POLLHUP }, undefined],
    ['own SD_BOTH, alive', { send: SHUT, peek: SHUT, revents: POLL_EVENTS.POLLWRNORM }, undefined],
    ['own SD_BOTH, lost', { send: SHUT, peek: SHUT, revents: POLL_EVENTS.POLLHUP }, 'ended'],
  ];
  for (const [name, acted, ending] of cases) it(name, () => assert.equal(endingFrom(acted).ending, ending));

  it('is detected by a send instead of a receive, which would enable FD_READ', () => {
    assert.deepEqual(endingFrom({ peek: ok(0), isSelected: true }), { ending: undefined, peeks: 0 });
    assert.deepEqual(endingFrom({ send: RESET, isSelected: true }), { ending: 'lost', peeks: 0 });
    assert.deepEqual(endingFrom({ send: SHUT, peek: RESET, isSelected: true }), { ending: 'lost', peeks: 1 });
  });
});
