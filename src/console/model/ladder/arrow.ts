/** An arrow between two points of the ladder. */
import type { Arrow, ArrowKind, Row } from './ladder-types.js';

/** A call as one end of an arrow. */
export interface Point {
  readonly column: number;
  readonly row: Row;
}

interface Drawn {
  readonly kind: ArrowKind;
  readonly from: Point;
  /** The receiving call; without its row if no call has received it. */
  readonly to: { readonly column: number; readonly row?: Row | undefined };
  readonly label: string;
  readonly bytes?: number;
  readonly offset?: number;
}

/** What one call sent and another has received, or none has. */
export const arrowOf = ({ kind, from, to, ...rest }: Drawn): Arrow => ({
  kind,
  fromColumn: from.column,
  fromRow: to.row ? startBefore(from.row, to.row.index) : from.row.index,
  toColumn: to.column,
  toRow: to.row?.index,
  seen: to.row !== undefined,
  ...rest,
});

/** What came from a peer whose calls are not known. */
export const arrivalOf = ({
  kind,
  from,
  to,
  ...rest
}: Omit<Drawn, 'from' | 'to'> & { readonly from: number; readonly to: Point }): Arrow => ({
  kind,
  fromColumn: from,
  fromRow: to.row.index,
  toColumn: to.column,
  toRow: to.row.index,
  seen: false,
  ...rest,
});

/** Where an arrow to a row starts: a call that ended after it has sent before its own end. */
const startBefore = (row: Row, toRow: number): number =>
  row.index <= toRow ? row.index : Math.min(row.beganRow, toRow);
