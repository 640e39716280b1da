/** A process that ends itself while one of its sockets lingers for an hour. */

import { Ids } from '../../../src/daemon/ids/ids.js';
import { lingeringClose } from '../../../src/daemon/sockets/lingering-close.js';
import { Socket, type SocketParts } from '../../../src/daemon/sockets/socket.js';
import { UnderlyingSocket } from '../../../src/daemon/sockets/underlying-socket.js';
import { systemClock } from '../../../src/daemon/waiting/clock.js';
import { PosixProvider } from '../../../src/providers/posix/posix-provider.js';
import { Ws2_32Provider } from '../../../src/providers/ws2_32/ws2_32-provider.js';
import { unlimitedAccount } from '../../daemon/memory/unlimited-account.js';
import { FAKE_SESSION } from '../../daemon/sessions/fake-session.js';
import { CaseSockets, defaultEntry } from '../../providers/contract/case-sockets.js';

const sockets = new CaseSockets(
  process.platform === 'win32' ? Ws2_32Provider.load() : PosixProvider.load(),
  {},
);
const alive = setInterval(() => undefined, 1_000); // a watch keeps no process running
const { client, server } = await sockets.pair();
sockets.fill(client, server);
const entry = defaultEntry(sockets.provider.protocols, 'SOCK_STREAM');
if (!entry) throw new Error('no stream entry');
const underlying = new UnderlyingSocket(true, 'connected', unlimitedAccount());
const { provider } = sockets;
const parts: Partial<SocketParts> = { session: FAKE_SESSION, provider, handle: client, entry, underlying };
// A close uses only these parts.
lingeringClose(
  new Socket(new Ids(0).socket(), 1, new Date(0), parts as SocketParts),
  3_600,
  systemClock,
  () => process.exit(1),
);
setTimeout(() => {
  clearInterval(alive);
  process.stdout.write('lingers\n', () => process.exit(0));
}, 100);
