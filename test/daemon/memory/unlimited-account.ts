import { type ByteAccount, ByteAccounts } from '../../../src/daemon/memory/byte-account.js';

/** The account of an owner without a limit of bytes. */
export const unlimitedAccount = (): ByteAccount =>
  new ByteAccounts({ bytesPerOwner: Number.MAX_SAFE_INTEGER, bytesTotal: Number.MAX_SAFE_INTEGER }).of(
    'alice',
  );
