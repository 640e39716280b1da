import { type ByteAccount, ByteAccounts } from '../../../src/daemon/memory/byte-account.js';

/** The account of an owner for whom anything fits. */
export const roomyAccount = (): ByteAccount =>
  new ByteAccounts({ bytesPerOwner: Number.MAX_SAFE_INTEGER, bytesTotal: Number.MAX_SAFE_INTEGER }).of(
    'alice',
  );
