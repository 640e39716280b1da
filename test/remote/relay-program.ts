/**
 * A daemon with a relay, as a program of its own: `ADDRESS UPSTREAM_PORT REMOTE`, where REMOTE is true or
 * false. Prints how startRelay was answered on a listener with that address, and the port, as JSON.
 */
import { v4 } from '../addresses.js';
import { loopback, startDaemon, startSession } from '../scenarios/test-daemon.js';

const [address = '', upstream = '', remote = ''] = process.argv.slice(2);
const policy = { bind: { allow: ['0.0.0.0/0'] }, relay: { remote: remote === 'true' } };
const daemon = await startDaemon({ after: () => {} }, { config: { policy } });
const session = await startSession(daemon, 'posix', { leaseSeconds: 600 });
const listener = await session.stream();
await listener.ok('bind', { address: v4(address, 0) });
await listener.ok('listen');
const { status, body } = await listener.answer('relay', { upstream: loopback('AF_INET', Number(upstream)) });
const { port } = await listener.sockName();
process.stdout.write(`${JSON.stringify({ status, type: body.type, port })}\n`);
