import { PosixProvider } from '../../../src/providers/posix/posix-provider.js';
import { providerContract } from '../contract.js';
import { pendingConnect } from './pending-connect.js';

providerContract('posix', () => PosixProvider.load(), { pendingConnect });
