import { JournalAccount } from '../../../src/daemon/journal/journal-account.js';
import { unlimitedAccount } from '../memory/unlimited-account.js';

/** The journal account of an owner without a limit of bytes. */
export const unlimitedJournalAccount = (): JournalAccount =>
  new JournalAccount(unlimitedAccount(), () => false);
