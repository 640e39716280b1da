import type { WsaName } from '../../winsock/errors.js';
import { WSA_ERRORS } from '../../winsock/errors.js';
import { isVersion1, type Version } from '../../winsock/versions.js';
import type { Call } from '../calls/call.js';
import { CallList } from '../calls/call-list.js';
import type { ClientConnection } from '../calls/client-connection.js';
import { Faults } from '../faults/faults.js';
import type { SessionId } from '../ids/ids.js';
import type { CaptureBound } from '../journal/captured-payload.js';
import type { EventLog } from '../journal/event-log.js';
import type { JournalAccount } from '../journal/journal-account.js';
import { type JournalLimits, SessionJournal } from '../journal/session-journal.js';
import type { Clock } from '../waiting/clock.js';
import type { LabControl } from './lab-control.js';
import { Lease } from './lease.js';
import type { Catalog } from './protocol-catalog.js';
import { ProviderUsers } from './provider-users.js';

export interface SessionParts {
  readonly id: SessionId;
  readonly owner: string;
  /** Its number among the sessions of its owner, from 1. */
  readonly number: number;
  readonly version: Version;
  readonly catalog: Catalog;
  readonly labNetwork: string | undefined;
  readonly lab: LabControl | undefined;
  readonly clock: Clock;
  readonly leaseSeconds: number;
  readonly onLeaseExpiry: (session: Session) => void;
  readonly createdAt: Date;
  readonly journalLimits: JournalLimits;
  readonly captures: CaptureBound;
  readonly journalAccount: JournalAccount;
  readonly events: EventLog;
}

/** Takes the place of a Winsock process: a start-up count and a last error. SocketTable has its sockets. */
export class Session {
  readonly id: SessionId;
  readonly owner: string;
  /** Its number among the sessions of its owner, from 1. */
  readonly number: number;
  readonly catalog: Catalog;
  /** The named lab network that it joined; undefined: it has its own. */
  readonly labNetwork: string | undefined;
  /** The link and the clock of its lab network; undefined if the session has no lab. */
  readonly lab: LabControl | undefined;
  /** The fault rules armed for it and its sockets. */
  readonly faults = new Faults();
  readonly createdAt: Date;
  /** The sockets that use its providers, including duplicates in other sessions. */
  readonly providerUsers = new ProviderUsers();
  /** The open connections that use it. */
  readonly connections = new Set<ClientConnection>();

  readonly journal: SessionJournal;
  version: Version;
  readonly lease: Lease;
  /** The number of sockets opened so far. */
  socketsOpened = 0;
  /** The start-up count: WSAStartup calls minus WSACleanup calls. */
  startups = 1;
  /** WSAGetLastError: the code of the last call that failed. */
  lastError = 0;
  /** Calls in progress; while there are any, the lease does not run. */
  readonly calls = new CallList();
  /** The blocking call in progress, of which a 1.x session has only one. */
  blocking: Call | undefined;

  constructor(parts: SessionParts) {
    this.id = parts.id;
    this.owner = parts.owner;
    this.number = parts.number;
    this.version = parts.version;
    this.catalog = parts.catalog;
    this.labNetwork = parts.labNetwork;
    this.lab = parts.lab;
    this.createdAt = parts.createdAt;
    this.lease = new Lease({
      clock: parts.clock,
      seconds: parts.leaseSeconds,
      isUsed: () => this.calls.size > 0,
      onExpiry: () => parts.onLeaseExpiry(this),
    });
    this.journal = new SessionJournal({
      owner: parts.owner,
      sessionId: parts.id,
      startedAt: parts.clock.now(),
      limits: parts.journalLimits,
      captures: parts.captures,
      account: parts.journalAccount,
      events: parts.events,
    });
  }

  get isInitialised(): boolean {
    return this.startups > 0;
  }

  /** Whether a call must be refused because the one blocking call of a 1.x session is pending. */
  get isBlocked(): boolean {
    return this.blocking !== undefined && isVersion1(this.version);
  }

  /** Notes the code of a failed call. */
  failed(code: number | WsaName): void {
    this.lastError = typeof code === 'number' ? code : WSA_ERRORS[code].code;
  }
}
