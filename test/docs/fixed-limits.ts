/** Limits that the configuration cannot change: what is limited, to how much, and what happens beyond. */
import { MOST_AT_ONCE, MOST_PER_OWNER } from '../../src/daemon/calls/lookups.js';
import { TOMBSTONES } from '../../src/daemon/daemon.js';
import { MOST_FAULTS } from '../../src/daemon/faults/faults.js';
import { MOST_HOLDS } from '../../src/daemon/faults/holds.js';
import { ENDED_PAIRS, MOST_PAIRS } from '../../src/daemon/relays/relay.js';
import { MOST_DATAGRAMS } from '../../src/daemon/sockets/delayed-datagrams.js';
import {
  MOST_POINTERS,
  MOST_RESULTS,
  MOST_RUNS,
  MOST_STEPS,
  MOST_WAITS,
} from '../../src/http/batch/batch-definition.js';
import { MOST_NAMES, MOST_OF_POINTER } from '../../src/http/batch/pointer.js';
import { IDLE_MS } from '../../src/http/bytes/bytes-definitions.js';
import { CLOSE_GRACE_MS } from '../../src/http/connections/listeners.js';
import { HEADER_BYTES, KEEP_ALIVE_MS, TIMEOUTS } from '../../src/http/connections/node-server.js';
import { LINGER_MS } from '../../src/http/gates/refuse-early.js';
import { MAX_TARGET } from '../../src/http/gates/request-target-gate.js';
import { MAX_NUMBER } from '../../src/http/gates/strict-json.js';
import { LINES_A_SECOND } from '../../src/http/gates/thrifty-log.js';
import { MOST_FAULT_IDS } from '../../src/http/headers.js';
import { MOST_OF_KEY } from '../../src/http/keys/key-gate.js';
import { KEPT_MS } from '../../src/http/keys/owner-keys.js';
import { MOST_OF_ID, MOST_REQUESTS } from '../../src/http/rpc/rpc-request.js';
import { MOST_SUBSCRIPTIONS } from '../../src/http/rpc/rpc-subscriptions.js';
import { MOST_OF_PATH_PART } from '../../src/http/server.js';
import { MOST_UNREAD } from '../../src/http/websocket/outbox.js';
import { MOST_CONTROL_FRAMES, SILENCE_MS, STALLED_SECONDS } from '../../src/http/websocket/web-sockets.js';
import { LONGEST_MS } from '../../src/operations/faults/effect.js';
import { FARTHEST_MS } from '../../src/operations/lab/advance-lab-clock.js';
import { PIECE_BYTES } from '../../src/operations/pump/pump.js';
import { MOST_BUFFERS } from '../../src/operations/schemas/buffers.js';
import { MOST_CONTROL_BYTES, MOST_MESSAGES } from '../../src/operations/transfer/control-schema.js';
import { DEFAULT_BYTES } from '../../src/operations/transfer/receive-call.js';
import { MOST_SOCKETS } from '../../src/operations/waiting/poll.js';
import { MOST_IDS } from '../../src/operations/waiting/select.js';

const number = (value: number): string => value.toLocaleString('en');

const seconds = (ms: number): string => `${number(ms / 1000)} s`;

const kib = (bytes: number): string => `${number(bytes / 1024)} KiB`;

const INVALID = '400 `validation`';

/** One row for each limit. */
export const FIXED_LIMITS: readonly (readonly [what: string, most: string, beyond: string])[] = [
  ['request line and header fields', kib(HEADER_BYTES), '431 `header-too-large`'],
  ['request target', `${number(MAX_TARGET)} characters`, '414 `uri-too-long`'],
  ['one id or name in a path', `${number(MOST_OF_PATH_PART)} characters`, '414 `uri-too-long`'],
  ['time for the header of a request, checked every 5 s', seconds(TIMEOUTS.headers), '408 `request-timeout`'],
  [
    'time for a whole request but `sendBytes`, checked every 5 s',
    seconds(TIMEOUTS.request),
    '408 `request-timeout`',
  ],
  [
    'time from an answer to the next request on the connection',
    seconds(KEEP_ALIVE_MS),
    'the connection closes',
  ],
  [
    'time in which the client or the socket of `sendBytes`, or of `recvBytes` with `untilEnd`, moves no byte',
    seconds(IDLE_MS),
    '408 `request-timeout` or 504 `wait-limit`; a client that does not read is cut off',
  ],
  ['time in which the rest of a refused body is read', seconds(LINGER_MS), 'the connection closes'],
  [
    'time for pending requests when the daemon stops',
    seconds(CLOSE_GRACE_MS),
    'their connections are closed',
  ],
  ['one number in a body', `${number(MAX_NUMBER)} characters`, '400 `malformed-json`'],
  ['requests in one array of JSON-RPC', number(MOST_REQUESTS), 'error -32600'],
  ['the `id` of a request of JSON-RPC', `${number(MOST_OF_ID)} characters`, 'error -32600'],
  ['subscriptions of a WebSocket', number(MOST_SUBSCRIPTIONS), 'error -32000 `quota`'],
  [
    'answers that wait for the client of a WebSocket',
    `${number(MOST_UNREAD / 1024 / 1024)} MiB`,
    'its messages are not read',
  ],
  ['time in which such a client takes no byte', `${STALLED_SECONDS} s`, 'it is cut off'],
  ['bytes of a stream that move at once, in each direction', kib(PIECE_BYTES), 'the others wait'],
  ['time in which a client of a WebSocket answers no ping', seconds(SILENCE_MS), 'it is cut off'],
  ['its pings and pongs in 20 s', number(MOST_CONTROL_FRAMES), 'close code 1008'],
  ['steps of a batch', number(MOST_STEPS), INVALID],
  ['runs of all steps of a batch', number(MOST_RUNS), INVALID],
  ['references and expectations of all steps of a batch', number(MOST_POINTERS), INVALID],
  [
    'the JSON pointer of a reference or expectation',
    `${number(MOST_OF_POINTER)} characters, ${MOST_NAMES} names`,
    INVALID,
  ],
  ['results of a batch', `${number(MOST_RESULTS / 1024 / 1024)} MiB`, 'further ones are left out'],
  ['`timeoutMs` of a batch', `${MOST_WAITS} times \`limits.waitSeconds\``, INVALID],
  ['an idempotency key', `${MOST_OF_KEY} characters`, '400 `bad-request`'],
  ['time for which its answer is kept', seconds(KEPT_MS), 'the key is as new'],
  ['how far ahead an instant is', '`limits.waitSeconds`', '400 `bad-request`, in a batch `validation`'],
  ['ids in one set of `select`', number(MOST_IDS), INVALID],
  ['sockets of `poll`', number(MOST_SOCKETS), INVALID],
  ['`buffers` of one call', number(MOST_BUFFERS), INVALID],
  ['entries of control data of `sendMsg`', number(MOST_MESSAGES), INVALID],
  ['control data of `recvMsg`', `${number(MOST_CONTROL_BYTES)} bytes`, INVALID],
  ['a receive without `maxBytes`', kib(DEFAULT_BYTES), 'the rest of a stream stays in the socket'],
  [
    '`freezeMs`, `latencyMs` and `delayMs` of a fault (of `delay`: below `limits.waitSeconds`)',
    seconds(LONGEST_MS),
    INVALID,
  ],
  ['faults of a session', number(MOST_FAULTS), '429 `quota`'],
  ['faults that hold bytes back in one direction of a socket', number(MOST_HOLDS), 'further ones do not act'],
  ['datagrams of a socket that `latency` holds', number(MOST_DATAGRAMS), 'further ones wait in the system'],
  ['`maxConnections` of a relay', number(MOST_PAIRS), INVALID],
  ['ended pairs that a relay shows', number(ENDED_PAIRS), 'the oldest are left out'],
  ['fault ids in `Winsockd-Fault`', number(MOST_FAULT_IDS), 'how many more there are'],
  ['lookups of an owner', number(MOST_PER_OWNER), '429 `quota`'],
  ['lookups of all owners that run at once', number(MOST_AT_ONCE), 'further ones wait for their turn'],
  ['one `advanceMs` of the lab clock', `${FARTHEST_MS / 86_400_000} days`, INVALID],
  [
    'ended sockets, and ended sessions, of an owner that are remembered',
    number(TOMBSTONES),
    'the oldest are 404 instead of 410',
  ],
  [
    'lines of the log of one kind and owner in a second',
    number(LINES_A_SECOND),
    'one line with their number',
  ],
];
