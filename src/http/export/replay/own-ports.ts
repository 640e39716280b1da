import { getSocket } from '../../../operations/sockets/get-socket.js';
import { type SocketAddress, sameAddress } from '../../../winsock/addresses.js';
import { endpoint, localOf, unspecified } from '../pcapng/local-end.js';
import { type Entry, parameter, type SocketLife } from '../socket-life.js';
import { inserted, placeOf, type Step } from './step.js';

const SUFFIX = '_port';

/**
 * Ports that the system chose for sockets of a life. It chooses others for the repetition: a call in which a
 * socket names its own one has to take it from an answer, as ids are taken.
 */
export class OwnPorts {
  /** Local addresses by the recorded id of the socket, where no bind named the port. */
  readonly #chosen = new Map<string, SocketAddress>();
  readonly #names: ReadonlyMap<string, string>;
  /** Names of the sockets whose ports nameOf has named; and those of them that asks has not had yet. */
  readonly #named = new Set<string>();
  readonly #unasked: string[] = [];

  /** @param names of sockets in the repetition, by recorded id */
  constructor(lives: readonly SocketLife[], recorded: readonly Entry[], names: ReadonlyMap<string, string>) {
    this.#names = names;
    const named = new Set(recorded.map((entry) => addressBound(entry).port));
    for (const { socketId, localAddress } of lives) {
      const local = endpoint(localAddress);
      if (local && !named.has(local.port)) this.#chosen.set(socketId, local);
    }
  }

  /** What the port of an address is called in the repetition, where it is the socket's own and has been chosen. */
  nameOf({ socketId = '' }: Entry, address: object): string | undefined {
    const chosen = this.#chosen.get(socketId);
    const socket = this.#names.get(socketId);
    // The schema of the call has checked whatever has a port in the journal.
    const to = endpoint(address as SocketAddress);
    if (!chosen || socket === undefined || !to) return undefined;
    const local = localOf(chosen, to);
    const isAny = local.address === unspecified(local.family).address;
    const isOwn = sameAddress(local, to) || (isAny && local.port === to.port);
    if (!isOwn) return undefined;
    if (!this.#named.has(socket)) this.#unasked.push(socket);
    this.#named.add(socket);
    return `${socket}${SUFFIX}`;
  }

  /** The calls that tell the ports which nameOf has named for the first time since the last asks. */
  *asks(): Generator<Step> {
    for (const socket of this.#unasked.splice(0)) {
      yield {
        number: '0',
        operation: getSocket.name,
        notes: ['The next call names the port that the system has chosen.'],
        ...placeOf(getSocket, () => ({ $given: socket })),
        ...inserted(getSocket),
        gives: { at: ['localAddress', 'port'], name: `${socket}${SUFFIX}` },
      };
    }
  }
}

/** The address that a bind took; without members: it took none. Port 0: whichever the system chose. */
export const addressBound = (entry: Entry): { readonly port?: unknown; readonly path?: unknown } => {
  const isBound = entry.op.does === 'binds' && entry.outcome === 'ok';
  return Object(isBound ? parameter(entry, 'address') : undefined);
};
