/** The row of a call. What only a reader needs is made when it is read: a ladder may have 10,000 rows. */
import { capturedBytes } from '../payload.js';
import type { Entry } from '../types.js';
import { wentBack } from './effects.js';
import type { CallRow } from './ladder-types.js';
import { rowLabel } from './row-label.js';

/** The most bytes of a call that its row has. */
export const PREVIEW_BYTES = 256;

const NO_FAULTS: readonly string[] = Object.freeze([]);

type Place = Pick<
  CallRow,
  'index' | 'sessionId' | 'atMs' | 'gapMs' | 'beganRow' | 'column' | 'createdColumn'
>;

export class RowOfCall implements CallRow {
  readonly index: number;
  readonly sessionId: string;
  readonly atMs: number;
  readonly gapMs: number;
  readonly beganRow: number;
  readonly column: number | undefined;
  readonly createdColumn: number | undefined;
  readonly entry: Entry;

  constructor(entry: Entry, { index, sessionId, atMs, gapMs, beganRow, column, createdColumn }: Place) {
    this.index = index;
    this.sessionId = sessionId;
    this.atMs = atMs;
    this.gapMs = gapMs;
    this.beganRow = beganRow;
    this.column = column;
    this.createdColumn = createdColumn;
    this.entry = entry;
  }

  get operation(): string {
    return this.entry.operation;
  }

  get label(): string {
    return rowLabel(this.entry);
  }

  get outcome(): Entry['outcome'] {
    return this.entry.outcome;
  }

  get payload(): Uint8Array | undefined {
    return capturedBytes(this.entry, PREVIEW_BYTES);
  }

  get faults(): readonly string[] {
    return this.entry.faults ?? NO_FAULTS;
  }

  get invented(): Entry['invented'] {
    return this.entry.invented;
  }

  get wentBack(): boolean {
    return wentBack(this.entry);
  }
}
