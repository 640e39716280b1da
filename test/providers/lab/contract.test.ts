import { systemClock } from '../../../src/daemon/waiting/clock.js';
import { LabProvider } from '../../../src/providers/lab/lab-provider.js';
import { LabNetwork } from '../../../src/providers/lab/network.js';
import { providerContract } from '../contract.js';

/** An address of the lab that never answers. */
const BLACK_HOLE = { family: 'AF_INET', address: '203.0.113.1', port: 80 } as const;

providerContract('lab', () => new LabProvider(new LabNetwork({ clock: systemClock })), {
  pendingConnect: async () => ({ address: BLACK_HOLE, release: () => {} }),
});
