/** The columns of a ladder: the chosen sockets, and the peers that are none of them. */
import type { SocketAddress } from '../types.js';
import { addressText, keyOf, keysOf } from './addresses.js';
import type { Column, ForeignColumn, Participant, Row, SocketColumn } from './ladder-types.js';

/** Which column an address belongs to, in the order of time. */
export class Columns {
  readonly #sockets: SocketColumn[];
  readonly #foreign: ForeignColumn[] = [];
  readonly #foreignByKey = new Map<string, number>();
  readonly #owners = new Map<string, number[]>();

  constructor(sockets: readonly Participant[], rows: readonly Row[]) {
    const firstRows = new Map<number, number>();
    const lastRows = new Map<number, number>();
    for (const { index, entry, column, createdColumn } of rows) {
      const made = entry?.createdSocketId !== undefined ? (createdColumn ?? column) : undefined;
      if (made !== undefined && !firstRows.has(made)) firstRows.set(made, index);
      const isClose = entry?.operation === 'close' && entry.stateAfter === 'closed';
      if (isClose && column !== undefined && !lastRows.has(column)) lastRows.set(column, index);
    }
    this.#sockets = sockets.map((socket, column) => ({
      ...socket,
      kind: 'socket',
      firstRow: firstRows.get(column) ?? 0,
      lastRow: lastRows.get(column),
    }));
  }

  get all(): readonly Column[] {
    return [...this.#sockets, ...this.#foreign];
  }

  /** The row in which the socket of a column was made. */
  firstRow(column: number): number {
    return this.#sockets[column]?.firstRow ?? 0;
  }

  /** The address is that of a socket, from when that was made. */
  own(network: string, address: SocketAddress | undefined, column: number): void {
    for (const key of keysOf(network, address)) {
      const owners = this.#owners.get(key) ?? [];
      this.#owners.set(key, owners);
      if (!owners.includes(column)) owners.push(column);
      owners.sort((a, b) => this.firstRow(a) - this.firstRow(b));
    }
  }

  /** The column of the socket that had the address at a row; undefined if it is none of the chosen ones. */
  ownerAt(network: string, address: SocketAddress | undefined, row: number): number | undefined {
    const key = keyOf(network, address);
    const owners = key === undefined ? [] : (this.#owners.get(key) ?? []);
    return owners.findLast((column) => this.firstRow(column) <= row);
  }

  /** The column of a peer that is none of the chosen sockets. */
  foreign(network: string, address: SocketAddress): number {
    const key = keyOf(network, address) ?? addressText(address);
    const known = this.#foreignByKey.get(key);
    if (known !== undefined) return known;
    const column = this.#sockets.length + this.#foreign.length;
    this.#foreign.push({ kind: 'foreign', label: addressText(address), address });
    this.#foreignByKey.set(key, column);
    return column;
  }
}
