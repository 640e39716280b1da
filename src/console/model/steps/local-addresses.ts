import type { Entry, SocketInfo } from '../types.js';
import {
  isRecorded,
  isWithPort,
  type MadeCall,
  membersOf,
  type OwnCall,
  textIn,
  type WithPort,
} from './made-call.js';

/** Which socket has which local address, from all that is known: also what a later call tells. */
export class LocalAddresses {
  readonly #of = new Map<string, WithPort>();
  /** Ports that a bind named: the same in a repetition. */
  readonly #named = new Set<number>();

  constructor(calls: readonly MadeCall[], sockets: readonly SocketInfo[]) {
    for (const { socketId, localAddress } of sockets) this.#keep(socketId, localAddress);
    for (const made of calls) {
      if (isRecorded(made)) this.#readEntry(made.entry);
      const own = isRecorded(made) ? ('own' in made ? made.own : undefined) : made;
      if (own) this.#readOwn(own);
    }
  }

  of(socketId: string | undefined): WithPort | undefined {
    return this.#of.get(socketId ?? '');
  }

  /** Whether the system chose the port. */
  isAssigned(port: number): boolean {
    return port !== 0 && !this.#named.has(port);
  }

  /** The socket that has the port, the first one that is known. */
  socketWith(port: number): string | undefined {
    return [...this.#of].find(([, address]) => address.port === port)?.[0];
  }

  #readEntry({ operation, parameters, outcome, socketId, createdSocketId, localAddress }: Entry): void {
    if (outcome === 'ok' && operation === 'bind') this.#name(membersOf(parameters).address);
    // An accepted socket has the port of its listener, which is named first: it is the one that was bound.
    this.#keep(socketId, localAddress);
    this.#keep(createdSocketId, localAddress);
  }

  #readOwn({ call, outcome }: OwnCall): void {
    if (!outcome.ok) return;
    if (call.operation === 'bind') this.#name(call.params.address);
    const socketId = textIn(call.params, 'socketId');
    this.#keep(socketId, outcome.result.localAddress);
    if (call.operation === 'getSockName') this.#keep(socketId, outcome.result.address);
  }

  #name(address: unknown): void {
    if (isWithPort(address) && address.port !== 0) this.#named.add(address.port);
  }

  #keep(socketId: string | undefined, address: unknown): void {
    if (socketId === undefined || this.#of.has(socketId)) return;
    if (isWithPort(address) && address.port !== 0) this.#of.set(socketId, address);
  }
}
