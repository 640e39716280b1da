import { JournalAccount } from '../../../src/daemon/journal/journal-account.js';
import { roomyAccount } from '../memory/roomy-account.js';

/** Where the journals of an owner count for whom anything fits. */
export const roomyPast = (): JournalAccount => new JournalAccount(roomyAccount(), () => false);
