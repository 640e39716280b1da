import type { ProviderName } from '../../src/winsock/protocol-info.js';

/**
 * Where a provider cannot answer as the contract says, because its operating system does not: the one
 * table of them. A row is printed with its reason whenever the suite runs, and fails the suite when the
 * case it names is gone.
 */
export interface Skip {
  readonly provider: ProviderName;
  /** Only on that platform; absent: on every one. */
  readonly platform?: 'wine';
  /** The full name of the case. */
  readonly case: string;
  readonly reason: string;
}

export const SKIPS: readonly Skip[] = [
  {
    provider: 'posix',
    case: 'streams: a full backlog refuses the next connection',
    reason: 'Linux drops the SYN of a connection that the backlog has no room for; the client goes on trying',
  },
  {
    provider: 'posix',
    case: 'streams: bytes that come after SD_RECEIVE reset the connection',
    reason: 'Linux goes on taking what the peer sends (shutdown(2) with SHUT_RD); only recv is refused',
  },
  {
    provider: 'posix',
    case: 'addresses: SO_REUSEADDR takes a stream port that is in use',
    reason: 'Linux lets no socket bind a port that another one listens on (socket(7), SO_REUSEADDR)',
  },
  {
    provider: 'posix',
    case: 'datagrams: available tells the total of what is queued',
    reason: 'FIONREAD of Linux tells the size of the next datagram (udp(7))',
  },
];
