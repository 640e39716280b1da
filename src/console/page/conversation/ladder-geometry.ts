/** Where things are in the drawing of a ladder. Every size is fixed, so nothing has to be measured. */
import type { Arrow, ArrowKind, Ladder, Row } from '../../model/ladder.js';

export const ROW_HEIGHT = 40;
export const TIME_WIDTH = 120;
export const COLUMN_WIDTH = 244;
/** The width of the box of a call in its column. */
export const CALL_WIDTH = 184;
/** The most arrows of one drawing: a single receive can take thousands of sends. */
const MOST_ARROWS = 400;
const HALF_ARROW = 45;
const HEAD = 8;

/** The rows of a ladder that are shown. */
export interface Shown {
  readonly from: number;
  readonly rows: readonly Row[];
  readonly arrows: readonly Arrow[];
  /** Arrows that pass these rows but are not drawn. */
  readonly arrowsLeftOut: number;
}

export interface Line {
  readonly kind: ArrowKind;
  readonly seen: boolean;
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
  /** The points of its head. */
  readonly head: string;
}

export const shownOf = ({ rows, arrows }: Ladder, from: number, count: number): Shown => {
  const end = from + count;
  // Arrows within a column, to a peer of which nothing is known, have no line.
  const passing = arrows.filter(
    ({ fromRow, toRow = fromRow, fromColumn, toColumn }) =>
      fromRow < end && toRow >= from && fromColumn !== toColumn,
  );
  return {
    from,
    rows: rows.slice(from, end),
    arrows: passing.slice(0, MOST_ARROWS),
    arrowsLeftOut: Math.max(0, passing.length - MOST_ARROWS),
  };
};

/** The line of a column, from the left edge. */
export const columnX = (column: number): number => TIME_WIDTH + (column + 0.5) * COLUMN_WIDTH;

/** The middle of a row, from the top of the first row shown. */
export const rowY = (row: number, from: number): number => (row - from + 0.5) * ROW_HEIGHT;

/** The line of an arrow. It begins and ends at the box of a call, or at the line of a column without one. */
export const lineOf = (arrow: Arrow, { rows }: Ladder, from: number): Line => {
  const { kind, seen, fromColumn, fromRow, toColumn, toRow } = arrow;
  const towards = Math.sign(toColumn - fromColumn);
  const x1 = columnX(fromColumn) + towards * boxAt(rows[fromRow], fromColumn);
  const y1 = rowY(fromRow, from);
  const x2 =
    toRow === undefined
      ? x1 + towards * HALF_ARROW
      : columnX(toColumn) - towards * boxAt(rows[toRow], toColumn);
  const y2 = rowY(toRow ?? fromRow, from);
  return { kind, seen, x1, y1, x2, y2, head: headOf(x1, y1, x2, y2) };
};

/** Half the width of what a row has in a column. */
const boxAt = (row: Row | undefined, column: number): number => (row?.column === column ? CALL_WIDTH / 2 : 0);

const headOf = (x1: number, y1: number, x2: number, y2: number): string => {
  const length = Math.hypot(x2 - x1, y2 - y1) || 1;
  const [dx, dy] = [((x2 - x1) / length) * HEAD, ((y2 - y1) / length) * HEAD];
  const side = (sign: number): string => `${x2 - dx + (sign * dy) / 2},${y2 - dy - (sign * dx) / 2}`;
  return `${side(1)} ${x2},${y2} ${side(-1)}`;
};
