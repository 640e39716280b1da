import { getSocket } from '../../../operations/sockets/get-socket.js';
import { type SocketAddress, sameAddress } from '../../../winsock/addresses.js';
import { endpoint, localOf, unspecified } from '../pcapng/local-end.js';
import { type Entry, parameter, type SocketLife } from '../socket-life.js';
import { inserted, requestLineOf, type Step } from './step.js';

const SUFFIX = '_port';

/**
 * Ports that the system assigned to the repeated sockets. In the repetition it assigns others, so a call that
 * names its socket's own port has to take it from an answer, as it takes ids.
 */
export class OwnPorts {
  /** Local addresses whose port no bind named, by the recorded id of the socket. */
  readonly #assigned = new Map<string, SocketAddress>();
  readonly #names: ReadonlyMap<string, string>;
  /** Names of the sockets whose ports nameOf has named. */
  readonly #named = new Set<string>();
  /** Names of those sockets whose port no step reads yet. */
  readonly #unread: string[] = [];

  /** @param names the names of sockets in the repetition, by recorded id */
  constructor(lives: readonly SocketLife[], recorded: readonly Entry[], names: ReadonlyMap<string, string>) {
    this.#names = names;
    const named = new Set(recorded.map((entry) => addressBound(entry).port));
    for (const { socketId, localAddress } of lives) {
      const local = endpoint(localAddress);
      if (local && !named.has(local.port)) this.#assigned.set(socketId, local);
    }
  }

  /** The name of an address's port in the repetition, if it is the socket's own, assigned by the system. */
  nameOf({ socketId = '' }: Entry, address: object): string | undefined {
    const assigned = this.#assigned.get(socketId);
    const socket = this.#names.get(socketId);
    // An object with a port is an address: the call's schema has checked it.
    const to = endpoint(address as SocketAddress);
    if (!assigned || socket === undefined || !to) return undefined;
    const local = localOf(assigned, to);
    const isAny = local.address === unspecified(local.family).address;
    const isOwn = sameAddress(local, to) || (isAny && local.port === to.port);
    if (!isOwn) return undefined;
    if (!this.#named.has(socket)) this.#unread.push(socket);
    this.#named.add(socket);
    return `${socket}${SUFFIX}`;
  }

  /** The steps that read the ports which nameOf has named for the first time since the last call. */
  *readSteps(): Generator<Step> {
    for (const socket of this.#unread.splice(0)) {
      yield {
        number: '0',
        operation: getSocket.name,
        notes: ['The next call names the port that the system has assigned.'],
        ...requestLineOf(getSocket, () => ({ $given: socket })),
        ...inserted(getSocket),
        gives: { at: ['localAddress', 'port'], name: `${socket}${SUFFIX}` },
      };
    }
  }
}

/** The address of a successful bind; for other calls an object without members. Port 0: any free one. */
export const addressBound = (entry: Entry): { readonly port?: unknown; readonly path?: unknown } => {
  const isBound = entry.op.does === 'binds' && entry.outcome === 'ok';
  return Object(isBound ? parameter(entry, 'address') : undefined);
};
