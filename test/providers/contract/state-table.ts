import assert from 'node:assert/strict';
import type { Handle } from '../../../src/providers/provider.js';
import type { SocketAddress } from '../../../src/winsock/addresses.js';
import type { WsaName } from '../../../src/winsock/errors.js';
import type { Outcome } from '../../../src/winsock/outcome.js';
import { answer, bytes, type CaseSockets, loopback, value } from './case-sockets.js';
import type { Suite } from './suite.js';

/**
 * Every call in every state of a stream.
 *
 * Sources: the pages of the calls below https://learn.microsoft.com/windows/win32/api/winsock2/; where they
 * say nothing, Wine's server/sock.c, which follows tests run on Windows.
 */

const STATES = [
  'fresh',
  'bound',
  'listening',
  'connecting',
  'connected',
  'send shut',
  'receive shut',
  'peer closed',
  'closed',
] as const;
type State = (typeof STATES)[number];

type Answer = 'ok' | WsaName;
/** One result, or several permitted ones. */
type Expected = Answer | readonly Answer[];

/** A socket in a state, and the destination of its connect. */
interface Subject {
  readonly handle: Handle;
  readonly target: SocketAddress;
}

type Act = (sockets: CaseSockets, subject: Subject) => Outcome<unknown>;

const ACTS = {
  bind: (sockets, { handle }) => sockets.provider.bind(handle, loopback()),
  listen: (sockets, { handle }) => sockets.provider.listen(handle, 5),
  accept: (sockets, { handle }) => sockets.provider.accept(handle),
  connect: (sockets, { handle, target }) => sockets.provider.connect(handle, target),
  send: (sockets, { handle }) => sockets.provider.send(handle, bytes('x'), 0),
  sendTo: (sockets, { handle, target }) => sockets.provider.sendTo(handle, bytes('x'), 0, target),
  recv: (sockets, { handle }) => sockets.provider.recv(handle, new Uint8Array(8), 0),
  recvFrom: (sockets, { handle }) => sockets.provider.recvFrom(handle, new Uint8Array(8), 0),
  'shutdown SD_SEND': (sockets, { handle }) => sockets.provider.shutdown(handle, 'SD_SEND'),
  'shutdown SD_RECEIVE': (sockets, { handle }) => sockets.provider.shutdown(handle, 'SD_RECEIVE'),
  'shutdown SD_BOTH': (sockets, { handle }) => sockets.provider.shutdown(handle, 'SD_BOTH'),
  sendDisconnect: (sockets, { handle }) => sockets.provider.sendDisconnect(handle),
  recvDisconnect: (sockets, { handle }) => sockets.provider.recvDisconnect(handle),
  getSockName: (sockets, { handle }) => sockets.provider.getSockName(handle),
  getPeerName: (sockets, { handle }) => sockets.provider.getPeerName(handle),
} satisfies Record<string, Act>;
type Call = keyof typeof ACTS;

const INVAL = 'WSAEINVAL';
const NOTCONN = 'WSAENOTCONN';
const ISCONN = 'WSAEISCONN';
const BLOCK = 'WSAEWOULDBLOCK';
const SHUT = 'WSAESHUTDOWN';
const BEGUN = ['ok', BLOCK] as const;

/** The results of a call in all states but the last; a closed handle is always WSAENOTSOCK. */
type Row = readonly [Expected, Expected, Expected, Expected, Expected, Expected, Expected, Expected];

const NEEDS_CONNECTION: Row = [NOTCONN, NOTCONN, NOTCONN, NOTCONN, 'ok', 'ok', 'ok', 'ok'];
const SENDING: Row = [NOTCONN, NOTCONN, NOTCONN, NOTCONN, 'ok', SHUT, 'ok', 'ok'];
const RECEIVING: Row = [NOTCONN, NOTCONN, NOTCONN, NOTCONN, BLOCK, BLOCK, SHUT, 'ok'];

// biome-ignore format: one row a call, one column a state
const TABLE: Readonly<Record<Call, Row>> = {
  //                     fresh    bound    listening  connecting     connected send shut recv shut peer closed
  bind:                  ['ok',    INVAL,   INVAL,     INVAL,         INVAL,    INVAL,    INVAL,    INVAL],
  listen:                [INVAL,   'ok',    'ok',      INVAL,         ISCONN,   ISCONN,   ISCONN,   ISCONN],
  accept:                [INVAL,   INVAL,   BLOCK,     INVAL,         INVAL,    INVAL,    INVAL,    INVAL],
  connect:               [BEGUN,   BEGUN,   INVAL,     'WSAEALREADY', ISCONN,   ISCONN,   ISCONN,   ISCONN],
  send:                  SENDING,
  sendTo:                SENDING,
  recv:                  RECEIVING,
  recvFrom:              RECEIVING,
  'shutdown SD_SEND':    NEEDS_CONNECTION,
  'shutdown SD_RECEIVE': NEEDS_CONNECTION,
  'shutdown SD_BOTH':    NEEDS_CONNECTION,
  sendDisconnect:        NEEDS_CONNECTION,
  recvDisconnect:        NEEDS_CONNECTION,
  getSockName:           [INVAL,   'ok',    'ok',      'ok',          'ok',     'ok',     'ok',     'ok'],
  getPeerName:           [NOTCONN, NOTCONN, NOTCONN,   'ok',          'ok',     'ok',     'ok',     'ok'],
};

/** Brings a new socket into a state. */
const reach = async (sockets: CaseSockets, state: State): Promise<Subject> => {
  switch (state) {
    case 'fresh':
      return { handle: sockets.stream(), target: sockets.listener().address };
    case 'bound': {
      const handle = sockets.stream();
      sockets.bind(handle);
      return { handle, target: sockets.listener().address };
    }
    case 'listening':
      return { handle: sockets.listener().handle, target: sockets.listener().address };
    case 'connecting': {
      const target = await sockets.pending();
      const handle = sockets.stream();
      assert.equal(answer(sockets.provider.connect(handle, target)), BLOCK);
      return { handle, target };
    }
    case 'closed': {
      const target = sockets.listener().address;
      const handle = sockets.stream();
      sockets.close(handle);
      return { handle, target };
    }
    default: {
      const { client, server, listener } = await sockets.pair();
      if (state === 'send shut') value(sockets.provider.shutdown(client, 'SD_SEND'));
      if (state === 'receive shut') value(sockets.provider.shutdown(client, 'SD_RECEIVE'));
      if (state === 'peer closed') {
        value(sockets.provider.shutdown(server, 'SD_SEND'));
        await sockets.ready(client, { hangup: true });
      }
      return { handle: client, target: listener.address };
    }
  }
};

export const stateTable = (suite: Suite): void => {
  for (const [column, state] of STATES.entries()) {
    if (state === 'connecting' && !suite.facts.pendingConnect) continue;
    // The names are the keys of ACTS, which the type of Object.keys does not express.
    for (const call of Object.keys(ACTS) as Call[]) {
      const expected: Expected = TABLE[call][column] ?? 'WSAENOTSOCK';
      suite.case(`state table: ${call} when ${state}`, async (sockets) => {
        const got = answer(ACTS[call](sockets, await reach(sockets, state)));
        const right: readonly string[] = typeof expected === 'string' ? [expected] : expected;
        assert.ok(right.includes(got), `${call} when ${state}: expected ${right.join(' or ')}, got ${got}`);
      });
    }
  }
};
