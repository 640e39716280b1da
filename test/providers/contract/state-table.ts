import assert from 'node:assert/strict';
import type { Handle } from '../../../src/providers/provider.js';
import type { SocketAddress } from '../../../src/winsock/addresses.js';
import type { WsaName } from '../../../src/winsock/errors.js';
import type { Outcome } from '../../../src/winsock/outcome.js';
import { answer, bytes, loopback, type Rig, value } from './rig.js';
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

type Act = (rig: Rig, subject: Subject) => Outcome<unknown>;

const ACTS = {
  bind: (rig, { handle }) => rig.provider.bind(handle, loopback()),
  listen: (rig, { handle }) => rig.provider.listen(handle, 5),
  accept: (rig, { handle }) => rig.provider.accept(handle),
  connect: (rig, { handle, target }) => rig.provider.connect(handle, target),
  send: (rig, { handle }) => rig.provider.send(handle, bytes('x'), 0),
  sendTo: (rig, { handle, target }) => rig.provider.sendTo(handle, bytes('x'), 0, target),
  recv: (rig, { handle }) => rig.provider.recv(handle, new Uint8Array(8), 0),
  recvFrom: (rig, { handle }) => rig.provider.recvFrom(handle, new Uint8Array(8), 0),
  'shutdown SD_SEND': (rig, { handle }) => rig.provider.shutdown(handle, 'SD_SEND'),
  'shutdown SD_RECEIVE': (rig, { handle }) => rig.provider.shutdown(handle, 'SD_RECEIVE'),
  'shutdown SD_BOTH': (rig, { handle }) => rig.provider.shutdown(handle, 'SD_BOTH'),
  sendDisconnect: (rig, { handle }) => rig.provider.sendDisconnect(handle),
  recvDisconnect: (rig, { handle }) => rig.provider.recvDisconnect(handle),
  getSockName: (rig, { handle }) => rig.provider.getSockName(handle),
  getPeerName: (rig, { handle }) => rig.provider.getPeerName(handle),
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
const reach = async (rig: Rig, state: State): Promise<Subject> => {
  switch (state) {
    case 'fresh':
      return { handle: rig.stream(), target: rig.listener().address };
    case 'bound': {
      const handle = rig.stream();
      rig.bind(handle);
      return { handle, target: rig.listener().address };
    }
    case 'listening':
      return { handle: rig.listener().handle, target: rig.listener().address };
    case 'connecting': {
      const target = await rig.pending();
      const handle = rig.stream();
      assert.equal(answer(rig.provider.connect(handle, target)), BLOCK);
      return { handle, target };
    }
    case 'closed': {
      const target = rig.listener().address;
      const handle = rig.stream();
      rig.close(handle);
      return { handle, target };
    }
    default: {
      const { client, server, listener } = await rig.pair();
      if (state === 'send shut') value(rig.provider.shutdown(client, 'SD_SEND'));
      if (state === 'receive shut') value(rig.provider.shutdown(client, 'SD_RECEIVE'));
      if (state === 'peer closed') {
        value(rig.provider.shutdown(server, 'SD_SEND'));
        await rig.ready(client, { hangup: true });
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
      suite.case(`state table: ${call} when ${state}`, async (rig) => {
        const got = answer(ACTS[call](rig, await reach(rig, state)));
        const right: readonly string[] = typeof expected === 'string' ? [expected] : expected;
        assert.ok(right.includes(got), `${call} when ${state}: expected ${right.join(' or ')}, got ${got}`);
      });
    }
  }
};
